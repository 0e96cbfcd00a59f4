"""Somebody with a booking has come: by the QR code of the ticket, or by its number."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.page import Form, Page
from gateway.pages.terminal.kiosk import Kiosk, address, kiosk, trouble
from gateway.pages.terminal.refusals import Refusal, arrival_refusal

MAX_DIGITS = 9


async def ask(page: Page) -> Response:
    try:
        return _screen(await kiosk(page), {"sequence": "ordinary"}, {})
    except Refused as refused:
        return trouble(page, refused)


async def arrive(page: Page) -> Response:
    form = await page.form()
    try:
        here = await kiosk(page)
        return await _check_in(here, form)
    except Refused as refused:
        return trouble(page, refused, form)


async def _check_in(here: Kiosk, form: Form) -> Response:
    page = here.page
    wish, errors = _wish(form, page)
    if errors:
        return _screen(here, form, errors, status=422)
    try:
        visit = await page.api.post("check-in", wish, key=form.key)
    except Refused as refused:
        told = arrival_refusal(refused, by_number="ticket" in wish, gettext=page.gettext)
        return _screen(here, form, {}, refusal=told, status=refused.status)
    return page.go(f"{address(page)}/ticket/{visit['id']}?arrived=1")


def _wish(form: Form, page: Page) -> tuple[dict[str, Any], dict[str, str]]:
    """The body for the API, or what is wrong with the field."""
    if form["way"] == "scan":
        missing = page.gettext("Hold the QR code of the ticket before the scanner.")
        return {"ticket_token": form["token"]}, {} if form["token"] else {"token": missing}
    number = form["ticket"]
    if not (number.isascii() and number.isdigit() and int(number) > 0 and len(number) <= MAX_DIGITS):
        return {}, {"ticket": page.gettext("Enter the number of your ticket in digits.")}
    return {"ticket": int(number), "priority": form["sequence"] == "priority"}, {}


def _screen(
    here: Kiosk, values: dict[str, str], errors: dict[str, str], *, refusal: Refusal | None = None, status: int = 200
) -> Response:
    kept = {name: values.get(name, "") for name in ("ticket", "sequence")}  # a token is scanned again
    return here.show("arrive.html", status=status, values=kept, errors=errors, refusal=refusal)


PAGES = [("GET", "/terminal/{centre}/arrive", ask), ("POST", "/terminal/{centre}/arrive", arrive)]
