"""Registering a visitor who cannot use the terminal: an operator's booking for a time of today, checked in at once."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from starlette.responses import Response

from gateway.pages.catalogue import known
from gateway.pages.client import Refused
from gateway.pages.desk import identity
from gateway.pages.desk.screen import desk_api
from gateway.pages.page import Form, Page

FIELDS = ("service", "starts_at", "edrpou", "priority", "document_shown")
SAID_ABOVE = (403, 409, 422)


async def choose(page: Page) -> Response:
    """The service first, then its free times of today with the form of the person."""
    return await _page(page, {"service": page.asked("service")})


async def register(page: Page) -> Response:
    """Holds and confirms. What is refused or typed wrongly comes back with everything that was filled in."""
    page.need("administrator")
    form = await page.form()
    values = {**{name: form[name] for name in FIELDS}, **identity.typed(form)}
    if errors := _missing(page, values):
        return await _page(page, values, errors=errors)
    try:
        booking = await _booked(page, form, values)
    except Refused as refused:
        if refused.status not in SAID_ABOVE:
            raise
        errors = _wrong(page, refused)
        return await _page(page, values, errors=errors, problem=None if errors else refused.document)
    return page.go(f"{page.path}?ticket={booking['ticket']['number']}")


async def _booked(page: Page, form: Form, values: dict[str, str]) -> dict[str, Any]:
    day = await page.api.get(f"{desk_api(page)}/day")
    wish = {"centre": day["centre"], "service": values["service"], "starts_at": values["starts_at"]}
    held = await page.api.post("bookings", {**wish, "applicant": applicant(values)}, key=form.key)
    confirmed: dict[str, Any] = await page.api.post(f"bookings/{held['id']}/confirm", key=f"{form.key}-confirm")
    return confirmed


def applicant(values: dict[str, str]) -> dict[str, Any]:
    """As the API wants it: with an ЄДРПОУ the legal entity that the person represents."""
    given: dict[str, Any] = {"kind": "legal_entity" if values["edrpou"] else "individual", **identity.body(values)}
    if values["edrpou"]:
        given["edrpou"] = values["edrpou"]
    if values["priority"]:
        given |= {"priority": values["priority"], "document_shown": bool(values["document_shown"])}
    return given


async def _page(page: Page, values: dict[str, str], **more: Any) -> Response:
    page.need("administrator")
    shown: dict[str, Any] = {"errors": {}, "problem": None, **more}
    status = shown["problem"]["status"] if shown["problem"] else 422 if shown["errors"] else 200
    day = await page.api.get(f"{desk_api(page)}/day")
    return page.render(
        "desk/register.html",
        status=status,
        day=day,
        values=values,
        ticket=page.asked("ticket") if page.asked("ticket").isdecimal() else "",
        services=await _services(page, day["centre"]),
        times=await _times(page, day, values["service"]),
        **shown,
    )


async def _services(page: Page, centre: str) -> list[tuple[str, str]]:
    """What the centre gives, by code and name."""
    given = (await known(page, f"centres/{quote(centre, safe='')}", services=[]))["services"]
    names = {one["code"]: one["name"] for one in (await page.api.get("services"))["items"]}
    return [(code, names.get(code, code)) for code in given]


async def _times(page: Page, day: dict[str, Any], service: str) -> list[dict[str, Any]]:
    """The free times of today; none without a service that the centre gives."""
    if not service:
        return []
    try:
        found = await page.api.get("slots", centre=day["centre"], service=service, date=day["now"][:10])
    except Refused as refused:
        if refused.status not in (404, 422):
            raise
        return []
    return [slot for slot in found["items"] if slot["free"]]


def _missing(page: Page, values: dict[str, str]) -> dict[str, str]:
    errors = identity.missing(page, values)
    if not values["starts_at"]:
        errors = {"starts_at": page.gettext("Choose a time of today."), **errors}
    if values["priority"] and not values["document_shown"]:
        errors["document_shown"] = page.gettext("Priority needs its document: look at it, then mark it as shown.")
    return errors


def _wrong(page: Page, refused: Refused) -> dict[str, str]:
    if "applicant.edrpou" in refused.fields:
        return {"edrpou": page.gettext("A digit of this number (ЄДРПОУ) is wrong: it has eight.")}
    return identity.wrong(page, refused, within="applicant.")
