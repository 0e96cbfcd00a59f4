"""The day as the manager sees it: the flow, who is where, desks on and off."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.pages.centre.flow import chart
from gateway.pages.centre.reading import STAFF, read
from gateway.pages.client import Refused
from gateway.pages.page import Page
from services.errors import NotFound

STEPS = ("open", "close")


async def show(page: Page) -> Response:
    return await screen(page)


async def screen(page: Page, *, status: int = 200, problem: dict[str, Any] | None = None) -> Response:
    """`problem`: what was refused, above the day as it stands now."""
    found = await read(page)
    shown = {"flow": chart(found["day"]["hours"]), "told": page.asked("told"), "problem": problem}
    return page.render("centre/screen.html", status=status, **shown, **found)


async def act(page: Page) -> Response:
    """Switches a desk on or off."""
    page.need(*STAFF)
    form = await page.form()
    if form["step"] not in STEPS:
        raise NotFound
    desk = quote(form["desk"], safe="")
    try:
        await page.api.post(f"desks/{desk}/{form['step']}", key=f"{form.key}-{form['step']}-{desk}")
    except Refused as refused:
        if refused.status != 409:
            raise
        return await screen(page, status=409, problem=refused.document)
    return page.go(page.path)
