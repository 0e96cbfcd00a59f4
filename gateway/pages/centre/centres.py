"""Which centre: for whoever manages more than one."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.centre.reading import STAFF
from gateway.pages.page import Page


async def choose(page: Page) -> Response:
    """The own centre at once; else those of the own organisation, an admin's are all."""
    session = page.need(*STAFF)
    if session.centre:
        return page.go(f"/centre/{session.centre}")
    found = await page.api.get("centres", organisation=session.organisation)
    return page.render("centre/centres.html", centres=found["items"])
