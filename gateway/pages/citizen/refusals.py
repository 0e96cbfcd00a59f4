"""Why a time could not be taken, and where it goes on from here: links made of what is free right now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from starlette.responses import Response

from gateway.pages.citizen import days, reading
from gateway.pages.citizen.centres import Offer, offers_of, sorted_offers, where
from gateway.pages.citizen.periods import period_name
from gateway.pages.citizen.reading import Item
from gateway.pages.citizen.times import Choice
from gateway.pages.citizen.visits import named, of_ids
from gateway.pages.client import Refused
from gateway.pages.page import Form, Page

NEAREST_TIMES, NEAREST_CENTRES = 6, 3


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wanted to book."""

    service: str
    centre: str
    starts_at: datetime

    @property
    def day(self) -> date:
        return self.starts_at.date()

    def body(self) -> Item:
        return {"centre": self.centre, "service": self.service, "starts_at": self.starts_at.isoformat()}


Telling = Callable[[Page, Refused, Wish], Awaitable[dict[str, Any]]]


async def answer(page: Page, refused: Refused, *, wish: Wish, form: Form) -> Response:
    """The page for a hold that was refused. Raises the refusal itself where there is nothing to add to it."""
    if refused.status == 503:
        return again(page, form, refused)
    tell = TELLING.get(refused.code)
    if tell is None:
        raise refused
    values = await tell(page, refused, wish)
    template = f"citizen/refused/{refused.code}.html"
    return page.render(template, status=refused.status, problem=refused.document, wish=wish, **values)


def again(page: Page, form: Form, refused: Refused) -> Response:
    """A part is down: the same form, to be sent again under the same key, so that nothing is done twice."""
    page.key = form.key
    fields = {name: value for name, value in form.items() if name not in ("csrf", "key")}
    response = page.render("citizen/again.html", status=503, fields=fields, problem=refused.document)
    response.headers["retry-after"] = refused.retry_after or "2"
    return response


async def full(page: Page, refused: Refused, wish: Wish) -> dict[str, Any]:
    """The nearest times of that day, the next day, and the nearest centres that have room."""
    choice, centres = await asyncio.gather(
        Choice.of(page, wish.service, wish.centre), reading.centres(page, service=wish.service)
    )
    slots = await choice.slots(page, wish.day)
    return {
        "choice": choice,
        "near": days.nearest(slots, wish.starts_at, count=NEAREST_TIMES),
        "after": days.with_room(choice.days, after=wish.day),
        "others": others(choice, centres),
    }


def others(choice: Choice, centres: list[Item]) -> list[Offer]:
    """The nearest other centres with room."""
    offers = sorted_offers(offers_of(centres, choice.free, where(choice.centre)))
    return [one for one in offers if one.free and one.centre["id"] != choice.centre["id"]][:NEAREST_CENTRES]


async def exhausted(page: Page, refused: Refused, wish: Wish) -> dict[str, Any]:
    """Which bookings count, when the limit renews, and what the terminal still gives."""
    choice, counting = await asyncio.gather(
        Choice.of(page, wish.service, wish.centre), of_ids(page, refused.document["counting"])
    )
    own = await page.api.get("quota", organisation=choice.centre["organisation"])
    today = page.now.astimezone(choice.zone).date()
    renews_at = refused.document["renews_at"]
    return {
        "choice": choice,
        "period": period_name(page, refused.document["period"]),
        "counting": counting,
        "terminal": terminal(own["items"], today),
        "renewed": renews_at and days.with_room(choice.days, after=date.fromisoformat(renews_at[:10]) - days.DAY),
    }


def terminal(items: list[Item], today: date) -> Item | None:
    """The terminal's limit for today: a terminal books for the same day only."""
    of_today = (f"{today:%Y-%m}", today.isoformat(), f"{today:%G-W%V}")
    return next((one for one in items if one["channel"] == "terminal" and one["period"] in of_today), None)


async def cooling(page: Page, refused: Refused, wish: Wish) -> dict[str, Any]:
    """The first day that is possible, and the booking whose cancelling lifts this."""
    choice, own = await asyncio.gather(Choice.of(page, wish.service, wish.centre), page.api.get("bookings"))
    window = await choice.window(page)
    bookable_from = date.fromisoformat(refused.document["bookable_from"])
    same = [one for one in await named(page, own["items"]) if one.is_coming and one.booking["service"] == wish.service]
    return {
        "choice": choice,
        "bookable_from": bookable_from,
        "first": days.with_room(choice.days, after=bookable_from - days.DAY),
        "opens_on": window.opens_on(bookable_from),
        "same": min(same, key=lambda visit: visit.starts_at, default=None),
    }


async def blocked(page: Page, refused: Refused, wish: Wish) -> dict[str, Any]:
    """Which visits were missed, and the centre where this is lifted."""
    choice, missed, centres = await asyncio.gather(
        Choice.of(page, wish.service, wish.centre),
        of_ids(page, refused.document["missed"]),
        reading.centres(page),
    )
    where_to = next((one for one in centres if one["id"] == refused.document["centre"]), choice.centre)
    period = period_name(page, refused.document["period"])
    return {"choice": choice, "period": period, "missed": missed, "lifted_at": where_to}


async def outside(page: Page, refused: Refused, wish: Wish) -> dict[str, Any]:
    """The days and times that can be booked."""
    choice = await Choice.of(page, wish.service, wish.centre)
    window = await choice.window(page)
    slots = await choice.slots(page, wish.day) if window.first <= wish.day <= window.until else []
    return {
        "choice": choice,
        "window": window,
        "near": days.nearest(slots, wish.starts_at, count=NEAREST_TIMES),
        "after": days.with_room(choice.days, after=wish.day) or days.room_before(choice.days, before=wish.day),
    }


TELLING: dict[str, Telling] = {
    "slot_full": full,
    "quota_exhausted": exhausted,
    "cooldown": cooling,
    "blocked_for_no_shows": blocked,
    "outside_window": outside,
}
"""By the code of the refusal; each has its template in `citizen/refused/`."""
