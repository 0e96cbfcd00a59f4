"""Moving a booking whose time a pause or the centre took away: to another time of the same centre, without quota."""

from __future__ import annotations

from datetime import date

from starlette.responses import Response

from gateway.pages.citizen import days, refusals
from gateway.pages.citizen.bookings import read
from gateway.pages.citizen.holding import moment_of
from gateway.pages.citizen.reading import Item, at, booking_id, key_of
from gateway.pages.citizen.times import Choice
from gateway.pages.client import Refused
from gateway.pages.page import Page


async def ask(page: Page) -> Response:
    page.need("citizen")
    return await shown(page, await read(page), errors={})


async def shown(page: Page, booking: Item, *, errors: dict[str, str]) -> Response:
    """The days, and the times of the one asked for with `?date=`, else of the first that has any."""
    if not booking["movable"]:
        return page.go("/" + at("bookings", booking["id"]))
    choice = await Choice.of(page, booking["service"], booking["centre"])
    window = await choice.window(page)
    day = _asked_day(page) or days.with_room(choice.days, after=window.first - days.DAY) or window.first
    slots = await choice.slots(page, day)
    return page.render(
        "citizen/move.html",
        status=422 if errors else 200,
        booking=booking,
        choice=choice,
        window=window,
        weeks=days.weeks(window, choice.days, choice.centre["calendar"]),
        day=day,
        halves=days.halves(slots),
        free=sum(one["free"] for one in slots),
        errors=errors,
    )


def _asked_day(page: Page) -> date | None:
    try:
        return date.fromisoformat(page.asked("date"))
    except ValueError:
        return None


async def move(page: Page) -> Response:
    """POST `starts_at`. A time that was taken meanwhile comes back to the choice."""
    page.need("citizen")
    form, booking = await page.form(), booking_id(page)
    starts_at = moment_of(form["starts_at"])
    if starts_at is None:
        return await shown(page, await read(page), errors={"times": page.gettext("Choose one of the times below")})
    wish = {"starts_at": starts_at.isoformat()}
    try:
        await page.api.post(at("bookings", booking) + "/move", wish, key=key_of(form, starts_at.isoformat()))
    except Refused as refused:
        if refused.status == 503:
            return refusals.again(page, form, refused)
        if refused.code in ("not_found", "forbidden"):
            raise
        return await shown(page, await read(page), errors={"times": refused.document["detail"]})
    return page.go("/" + at("bookings", booking))


PAGES = [
    ("GET", "/bookings/{id}/move", ask),
    ("POST", "/bookings/{id}/move", move),
]
