"""How the figures are made, and those of today."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.page import Page
from gateway.pages.stats import reading


async def method(page: Page) -> Response:
    return page.render("stats/method.html")


async def today(page: Page) -> Response:
    """Light: where today's figures are shown live, they are read from here."""
    return page.render("stats/today.html", now=await reading.today(page))
