"""The screen, made anew of what the API says at every reading: after a reload at any step it is the same."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.pages.catalogue import known
from gateway.pages.formats import moment
from gateway.pages.page import Page

DRAFT = "check"
CALLS_TO_MISS = 3
"""For display, where the organisation does not tell: the API decides."""
FIELDS = ("number", "document", "family_name", "given_name", "patronymic")
"""What can differ, by the API's names."""


def desk_api(page: Page) -> str:
    return f"desks/{quote(page.given('desk'), safe='')}"


async def show(page: Page) -> Response:
    return await screen(page)


async def screen(page: Page, *, status: int = 200, **more: Any) -> Response:
    """`more`: `problem` (a problem document), or `values` and `errors` of an identity that was typed wrongly."""
    page.need("administrator")
    day = await page.api.get(f"{desk_api(page)}/day")
    values = {"problem": None, "values": {}, "errors": {}, **more}
    return page.render(
        "desk/screen.html",
        status=status,
        day=day,
        here=[_waiting(entry, day["now"]) for entry in day["waiting"] if entry["here"]],
        awaited=[entry for entry in day["waiting"] if not entry["here"]],
        told=page.asked("told"),
        differs=[name for name in FIELDS if name in page.asked("differs").split(",")],
        **await _catalogue(page, day),
        **_identity(page, day, values),
    )


async def _catalogue(page: Page, day: dict[str, Any]) -> dict[str, Any]:
    """What the codes of the day mean: the centre, names of services, what to bring, calls until a no-show."""
    code = day["visit"]["service"] if day["visit"] else None
    centre, services, service = await asyncio.gather(
        known(page, f"centres/{day['centre']}", name=day["centre"], organisation=""),
        page.api.get("services"),
        known(page, f"services/{code}", name=code, documents=[]),
    )
    rules = await known(page, f"organisations/{centre['organisation']}", calls_to_miss=CALLS_TO_MISS)
    names = {one["code"]: one["name"] for one in services["items"]}
    return {"centre": centre, "names": names, "service": service, "calls_to_miss": rules["calls_to_miss"]}


def _waiting(entry: dict[str, Any], now: str) -> dict[str, Any]:
    """With how long the visitor has been here, in seconds."""
    return {**entry, "waited": (moment(now) - moment(entry["checked_in_at"])).total_seconds()}


def _identity(page: Page, day: dict[str, Any], given: dict[str, Any]) -> dict[str, Any]:
    """What was typed of the visitor who is at the desk now, and what came of the comparison."""
    assert page.session, "needed before"
    draft = page.drafts.read(page.request, page.session, DRAFT)
    if not day["visit"] or draft.get("visit") != day["visit"]["id"]:
        return {**given, "compared": None}
    typing = bool(given["errors"]) or page.asked("typing") == "again"
    return {
        **given,
        "values": given["values"] or draft["typed"],
        "compared": None if typing else draft,
    }
