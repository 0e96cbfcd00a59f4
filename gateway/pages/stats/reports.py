"""Reports: the API's files, for whoever is signed in and may have them."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from gateway.pages.citizen.reading import at
from gateway.pages.page import Page
from gateway.pages.stats.reading import READERS_OF_REPORTS

PASSED_ON = ("content-type", "content-disposition", "content-security-policy")


async def show(page: Page) -> Response:
    """`?centre=`: of that centre only. As the API gives it, in the reader's language."""
    page.need(*READERS_OF_REPORTS)
    path = at("stats", "reports", page.given("organisation"), page.given("name"))
    centre = page.asked("centre")
    found = await page.api.file(f"{path}?{urlencode({'centre': centre})}" if centre else path)
    headers = {name: found.headers[name] for name in PASSED_ON if name in found.headers}
    return Response(found.content, headers={**headers, "cache-control": "private, no-store"})
