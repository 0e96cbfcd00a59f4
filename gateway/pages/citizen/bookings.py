"""One's own bookings: the list, the review of a hold, the ticket, and what became of it."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from datetime import datetime
from math import ceil
from typing import Any

from starlette.responses import Response

from gateway.pages.citizen import reading
from gateway.pages.citizen.periods import period_name
from gateway.pages.citizen.reading import Item, at, booking_id
from gateway.pages.citizen.visits import named, seconds_left, state_of
from gateway.pages.client import Refused
from gateway.pages.formats import moment
from gateway.pages.page import Page
from gateway.pages.sessions import Session

SHOWN_DIGITS = 4


async def listed(page: Page) -> Response:
    """Those to come by their time, then the others, the newest first; `?cursor=` goes on."""
    page.need("citizen")
    own = await page.api.get("bookings", cursor=page.asked("cursor") or None)
    visits = await named(page, own["items"])
    coming = sorted((one for one in visits if one.is_coming), key=lambda visit: visit.starts_at)
    past = sorted((one for one in visits if not one.is_coming), key=lambda visit: visit.starts_at, reverse=True)
    return page.render("citizen/bookings.html", coming=coming, past=past, more=own["next"])


async def show(page: Page) -> Response:
    page.need("citizen")
    return await shown(page, await read(page))


async def read(page: Page) -> Item:
    """The booking of the address. Raises `NotFound`, `Refused`."""
    found: Item = await page.api.get(at("bookings", booking_id(page)))
    return found


async def shown(
    page: Page, booking: Item, *, values: dict[str, str] | None = None, errors: dict[str, str] | None = None
) -> Response:
    """The page of a booking in its state. `values`, `errors`: of a contact that came back."""
    session, state = page.need("citizen"), state_of(booking, page.now)
    service, centre, again, paused = await asyncio.gather(
        _service(page, booking["service"]),
        _centre(page, booking["centre"]),
        _still_free(page, booking, state),
        _pause(page, booking),
    )
    return page.render(
        "citizen/booking.html" if state != "held" else "citizen/held.html",
        status=422 if errors else 200,
        booking=booking,
        state=state,
        service=service,
        centre=centre,
        is_today=is_today(booking, page.now),
        seconds=ceil(seconds_left(booking, page.now)) if state == "held" else 0,
        identified_by=identified_by(session),
        period=period_name(page, booking["quota"]["period"]),
        still_free=again,
        paused=paused,
        values=values or booking.get("contact") or {},
        errors=errors or {},
    )


def is_today(booking: Item, now: datetime) -> bool:
    starts_at = moment(booking["starts_at"])
    return starts_at.date() == now.astimezone(starts_at.tzinfo).date()


def identified_by(session: Session) -> tuple[str, str]:
    """By what the login knows the person, and its last characters: enough to recognise it by."""
    if session.number:
        return "number", session.number[-SHOWN_DIGITS:]
    return "document", (session.document or "")[-SHOWN_DIGITS:]


async def _service(page: Page, code: str) -> Item:
    """One that was switched off meanwhile keeps its code."""
    try:
        return await reading.service(page, code)
    except Refused as refused:
        return {"code": code, "name": code, "documents": [], "steps": []} if refused.status == 404 else _raise(refused)


async def _centre(page: Page, code: str) -> Item:
    """One that was switched off meanwhile keeps its code."""
    try:
        return await reading.centre(page, code)
    except Refused as refused:
        return {"id": code, "name": code, "address": ""} if refused.status == 404 else _raise(refused)


def _raise(error: Refused) -> Any:
    raise error


async def _still_free(page: Page, booking: Item, state: str) -> bool:
    """Whether the time of a hold that ran out can be taken again."""
    if state != "expired":
        return False
    query = {"centre": booking["centre"], "service": booking["service"], "date": booking["starts_at"][:10]}
    try:
        slots = (await page.api.get("slots", **query))["items"]
    except Refused:
        return False
    wished = moment(booking["starts_at"])
    return any(one["free"] for one in slots if moment(one["starts_at"]) == wished)


async def _pause(page: Page, booking: Item) -> Item | None:
    """Why the queue of a visit of today stands still; None: it goes on, or nobody can say."""
    if not is_today(booking, page.now):
        return None
    with suppress(Refused):
        found: Item | None = (await page.api.get(at("centres", booking["centre"], "board")))["paused"]
        return found
    return None


async def ticket(page: Page) -> Response:
    """The QR code. The picture itself comes from the API."""
    return await _file(page, "ticket.svg", "image/svg+xml")


async def calendar(page: Page) -> Response:
    response = await _file(page, "calendar.ics", "text/calendar; charset=utf-8")
    response.headers["content-disposition"] = 'attachment; filename="vizyt.ics"'
    return response


async def _file(page: Page, name: str, media_type: str) -> Response:
    page.need("citizen")
    found = await page.api.file(at("bookings", booking_id(page), name))
    return Response(found.content, media_type=media_type)


PAGES = [
    ("GET", "/bookings", listed),
    ("GET", "/bookings/{id}", show),
    ("GET", "/bookings/{id}/ticket.svg", ticket),
    ("GET", "/bookings/{id}/calendar.ics", calendar),
]
