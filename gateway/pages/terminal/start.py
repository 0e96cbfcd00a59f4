"""The first screen: the language, and the two ways."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.page import Page
from gateway.pages.terminal import visitor
from gateway.pages.terminal.kiosk import kiosk, trouble


async def start(page: Page) -> Response:
    """`?over=1`: the way before took too long and is forgotten."""
    page.need("terminal")
    try:
        here = await kiosk(page)
        board = await page.api.get(f"centres/{here.centre['id']}/board")
    except Refused as refused:
        return trouble(page, refused)
    response = here.show("start.html", paused=board["paused"], over=bool(page.asked("over")))
    visitor.leave(response)
    return response


PAGES = [("GET", "/terminal/{centre}", start)]
