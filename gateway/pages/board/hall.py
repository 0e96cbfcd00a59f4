"""The board's page: the state as it is now; script keeps it live, without script it is read anew."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from gateway.pages.board.showing import FIRST_ORDINARY_TICKET, MOST_CALLS, MOST_WAITING, is_priority, line, waits
from gateway.pages.codes import address_code
from gateway.pages.page import Page


async def board(page: Page) -> Response:
    """Public. Raises `Refused` when there is no such centre."""
    name = page.given("centre")
    centre, state = await asyncio.gather(page.api.get(f"centres/{name}"), page.api.get(f"centres/{name}/board"))
    services = await page.api.get("services", organisation=centre["organisation"])
    names = {service["code"]: service["name"] for service in services["items"]}
    limits = {"calls": MOST_CALLS, "waiting": MOST_WAITING, "ordinary": FIRST_ORDINARY_TICKET}
    shown: dict[str, Any] = {"line": line(state["waiting"]), "waits": waits(state, names), "limits": limits}
    code = address_code(page, f"/board/{name}")
    response = page.render("board/board.html", centre=centre, board=state, is_priority=is_priority, code=code, **shown)
    response.headers["cache-control"] = "no-store"
    return response


PAGES = [("GET", "/board/{centre}", board)]
