"""Cancelling a booking: asked first, because nobody gets the place back."""

from __future__ import annotations

from starlette.responses import Response

from gateway.pages.citizen import refusals
from gateway.pages.citizen.bookings import read
from gateway.pages.citizen.reading import at, booking_id, key_of
from gateway.pages.citizen.visits import named
from gateway.pages.client import Refused
from gateway.pages.page import Page


async def ask(page: Page) -> Response:
    page.need("citizen")
    visit = (await named(page, [await read(page)]))[0]
    if visit.state not in ("held", "confirmed"):
        return page.go("/" + at("bookings", booking_id(page)))
    return page.render("citizen/cancel.html", visit=visit)


async def cancel(page: Page) -> Response:
    """The page of the booking then says in which state it is, also when it was too late."""
    page.need("citizen")
    form, booking = await page.form(), booking_id(page)
    try:
        await page.api.post(at("bookings", booking) + "/cancel", key=key_of(form, "cancel"))
    except Refused as refused:
        if refused.status == 503:
            return refusals.again(page, form, refused)
        if refused.status != 409:
            raise
    return page.go("/" + at("bookings", booking))


PAGES = [
    ("GET", "/bookings/{id}/cancel", ask),
    ("POST", "/bookings/{id}/cancel", cancel),
]
