"""What the manager's pages read: the day of a centre, and what its codes mean."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from gateway.pages.catalogue import known
from gateway.pages.page import Page

STAFF = ("manager", "admin")


def centre_api(page: Page) -> str:
    return f"centres/{quote(page.given('centre'), safe='')}"


async def read(page: Page, date: str | None = None) -> dict[str, Any]:
    """`day` (today unless a date is given), `centre`, and `names` of services, for the templates."""
    page.need(*STAFF)
    day = await page.api.get(f"{centre_api(page)}/day", date=date)
    centre, services = await asyncio.gather(
        known(page, centre_api(page), id=day["centre"], name=day["centre"]), page.api.get("services")
    )
    return {"day": day, "centre": centre, "names": {one["code"]: one["name"] for one in services["items"]}}
