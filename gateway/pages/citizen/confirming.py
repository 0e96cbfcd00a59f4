"""What a citizen does with a booking on its own page: confirm it, give it back, say where to be reminded."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.citizen import contacts, refusals
from gateway.pages.citizen.bookings import read, shown
from gateway.pages.citizen.reading import Item, at, booking_id, key_of
from gateway.pages.client import Refused
from gateway.pages.page import Form, Page
from services.errors import NotFound


async def act(page: Page) -> Response:
    """POST `step`: confirm, release, or contact."""
    page.need("citizen")
    form = await page.form()
    step = STEPS.get(form["step"])
    if step is None:
        raise NotFound
    try:
        return await step(page, await read(page), form)
    except Refused as refused:
        if refused.status == 503:
            return refusals.again(page, form, refused)
        if refused.status == 409:
            return page.go("/" + at("bookings", booking_id(page)))  # the page says in which state it is
        raise


async def confirm(page: Page, booking: Item, form: Form) -> Response:
    """First the contact, so that the reminder is planned with the ticket."""
    if errors := await contacts.store(page, booking, form):
        return await shown(page, booking, values=form, errors=errors)
    await page.api.post(at("bookings", booking["id"]) + "/confirm", key=key_of(form, "confirm"))
    return page.go("/" + at("bookings", booking["id"]))


async def release(page: Page, booking: Item, form: Form) -> Response:
    """A hold only: what was confirmed meanwhile, in another window, is not cancelled without being asked."""
    if booking["status"] != "held":
        return page.go("/" + at("bookings", booking["id"]))
    await page.api.post(at("bookings", booking["id"]) + "/cancel", key=key_of(form, "release"))
    return page.go("/" + at("book", booking["service"], booking["centre"], booking["starts_at"][:10]) + "?released=1")


async def contact(page: Page, booking: Item, form: Form) -> Response:
    if errors := await contacts.store(page, booking, form):
        return await shown(page, booking, values=form, errors=errors)
    return page.go("/" + at("bookings", booking["id"]) + "?saved=1")


STEPS = {"confirm": confirm, "release": release, "contact": contact}

PAGES = [("POST", "/bookings/{id}", act)]
