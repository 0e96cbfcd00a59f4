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
    if page.request.headers.get("sec-fetch-dest", "document") == "document":
        visitor.leave(response)  # news of the hall, read by script, may be overtaken by the next visitor's first screen
    return response


PAGES = [("GET", "/terminal/{centre}", start)]
