"""Pausing and resuming a centre: each is asked for again on a page of its own, with what it means."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.pages.centre.reading import STAFF, centre_api, read
from gateway.pages.client import Refused
from gateway.pages.page import Page

REASONS = ("air_raid", "power", "other")


async def ask(page: Page) -> Response:
    return await _page(page)


async def act(page: Page) -> Response:
    """Resumes what stands still, else pauses: by what the reader saw, not by how it stands meanwhile."""
    page.need(*STAFF)
    form = await page.form()
    step = "resume" if form["step"] == "resume" else "pause"
    if step == "pause" and form["reason"] not in REASONS:
        return await _page(page, status=422, errors={"reason": page.gettext("Choose why the centre is paused.")})
    body = {"reason": form["reason"]} if step == "pause" else None
    try:
        await page.api.post(f"{centre_api(page)}/{step}", body, key=f"{form.key}-{step}")
    except Refused as refused:
        if refused.status != 409:
            raise
        return await _page(page, status=409, problem=refused.document)
    return page.go(page.path.removesuffix("/pause") + f"?told={step}d")


async def _page(page: Page, *, status: int = 200, **more: Any) -> Response:
    values = {"problem": None, "errors": {}, **more}
    return page.render("centre/pause.html", status=status, **values, **await read(page))
