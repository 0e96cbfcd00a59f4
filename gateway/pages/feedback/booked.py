"""What a citizen is asked about: the booking system, once a month; and a visit of theirs that is over."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.feedback.questions import end, sent, shown
from gateway.pages.page import Form, Page
from services.errors import NotFound

BOOKING_SYSTEM = {"about": "booking_system"}
SPENT = {"already_submitted", "unknown_code"}
"""Asked this month already; or the visit has been rated, and its token leads nowhere any more."""


async def about_booking(page: Page) -> Response:
    """Opens a session; whoever was asked this month is told so."""
    page.need("citizen")
    return await _asked(page, BOOKING_SYSTEM)


async def about_visit(page: Page) -> Response:
    """The token of the visit marks the rating as a verified one. It goes without the reader's own: nothing that is sent
    leads from the rating to the person.
    """
    page.need("citizen")
    booking = await page.api.get(f"bookings/{_id(page)}")
    if booking["feedback_token"] is None:
        raise NotFound
    page.api = page.api.anonymous()
    token = {"visit_token": booking["feedback_token"]}
    return await _asked(page, {**token, "channel": "link"}, form=Form(token))


async def submit(page: Page) -> Response:
    page.need("citizen")
    form = await page.form()
    page.api = page.api.anonymous()
    return await sent(page, form)


async def _asked(page: Page, wish: dict[str, Any], *, form: Form | None = None) -> Response:
    try:
        return shown(page, await page.api.post("feedback/sessions", wish), form=form)
    except Refused as refused:
        if refused.code not in SPENT:
            raise
        return end(page, "sent")


def _id(page: Page) -> UUID:
    """Raises `NotFound` for what is no id at all."""
    try:
        return UUID(page.given("id"))
    except ValueError:
        raise NotFound from None
