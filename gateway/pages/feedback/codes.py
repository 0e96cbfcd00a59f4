"""The codes that desks show: as pictures, as sheets to print, and replaced by new ones."""

from __future__ import annotations

import asyncio
from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.pages.centre.reading import STAFF
from gateway.pages.client import Refused
from gateway.pages.feedback.remarks import centre_of
from gateway.pages.page import Page
from services.errors import NotFound

FILES = ("qr.svg", "qr.png", "sheet.pdf")


async def listed(page: Page) -> Response:
    """Every desk of the centre with its code."""
    page.need(*STAFF)
    centre = await centre_of(page)
    codes = await asyncio.gather(*(_code(page, desk["id"]) for desk in centre["desks"]))
    found = [code for code in codes if code]
    return page.render("feedback/codes.html", centre=centre, codes=found, told=page.asked("told"))


async def file(page: Page) -> Response:
    """`qr.svg`, `qr.png` or `sheet.pdf` of a desk."""
    page.need(*STAFF)
    if page.given("file") not in FILES:
        raise NotFound
    way = "?way=telegram" if page.asked("way") == "telegram" else ""
    return await _passed(page, f"feedback/desks/{_desk(page)}/{page.given('file')}{way}")


async def sheets(page: Page) -> Response:
    """Those of all desks, to be printed at once."""
    page.need(*STAFF)
    return await _passed(page, f"feedback/centres/{quote(page.given('centre'), safe='')}/sheets.pdf")


async def ask(page: Page) -> Response:
    """Before a sheet that hangs in the hall becomes worthless."""
    page.need(*STAFF)
    code = await page.api.get(f"feedback/desks/{_desk(page)}")
    return page.render("feedback/revoke.html", centre=await centre_of(page), code=code)


async def revoke(page: Page) -> Response:
    page.need(*STAFF)
    form = await page.form()
    code = await page.api.post(f"feedback/desks/{_desk(page)}/revoke", key=form.key)
    return page.go(f"/centre/{quote(page.given('centre'), safe='')}/feedback?told={code['desk_number']}")


def _desk(page: Page) -> str:
    return quote(page.given("desk"), safe="")


async def _code(page: Page, desk: str) -> dict[str, Any] | None:
    """None for a desk that is so new that it has none yet."""
    try:
        found: dict[str, Any] = await page.api.get(f"feedback/desks/{quote(desk, safe='')}")
    except Refused as refused:
        if refused.status != 404:
            raise
        return None
    return found


async def _passed(page: Page, path: str) -> Response:
    found = await page.api.file(path)
    kept = {name: found.headers[name] for name in ("content-disposition",) if name in found.headers}
    return Response(found.content, headers=kept, media_type=found.headers["content-type"])
