"""Pages that explain: how a visit goes, and how accessible these pages are."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.page import Page


async def help_page(page: Page) -> Response:
    return page.render("info/help.html")


async def accessibility(page: Page) -> Response:
    return page.render("info/accessibility.html")


PAGES = [
    ("GET", "/help", help_page),
    ("GET", "/accessibility", accessibility),
]
