"""Bookings as their owner reads them: in which state they are now, and with names in place of codes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from gateway.pages.citizen.reading import Item, at, centres, services
from gateway.pages.client import Refused
from gateway.pages.formats import moment
from gateway.pages.page import Page

COMING = {"held", "confirmed", "called", "serving"}


@dataclass(frozen=True, slots=True)
class Visit:
    """A booking with the names of its service and centre."""

    booking: Item
    state: str
    service: str
    centre: str

    @property
    def starts_at(self) -> datetime:
        return moment(self.booking["starts_at"])

    @property
    def is_coming(self) -> bool:
        return self.state in COMING


def state_of(booking: Item, now: datetime) -> str:
    """The status; a hold whose time is over has expired, also in the seconds before that is written down."""
    if booking["status"] == "held" and seconds_left(booking, now) <= 0:
        return "expired"
    status: str = booking["status"]
    return status


def seconds_left(booking: Item, now: datetime) -> float:
    """Of a hold."""
    return (moment(booking["expires_at"]) - now).total_seconds()


async def named(page: Page, bookings: Sequence[Item]) -> list[Visit]:
    """In the same order. A centre or service that was switched off keeps its code."""
    if not bookings:
        return []
    known_services, known_centres = await asyncio.gather(services(page), centres(page))
    service_names: dict[str, str] = {one["code"]: one["name"] for one in known_services}
    centre_names: dict[str, str] = {one["id"]: one["name"] for one in known_centres}
    names = ((service_names.get(one["service"]), centre_names.get(one["centre"])) for one in bookings)
    return [
        Visit(one, state_of(one, page.now), service or one["service"], centre or one["centre"])
        for one, (service, centre) in zip(bookings, names, strict=True)
    ]


async def of_ids(page: Page, ids: Sequence[str]) -> list[Visit]:
    """Own bookings by their ids, by time; what cannot be read any more is left out."""
    found = await asyncio.gather(*(_readable(page, one) for one in dict.fromkeys(ids)))
    visits = await named(page, [one for one in found if one])
    return sorted(visits, key=lambda visit: visit.starts_at)


async def _readable(page: Page, booking_id: str) -> Item | None:
    try:
        found: Item = await page.api.get(at("bookings", booking_id))
    except Refused as refused:
        if refused.status == 404:
            return None
        raise
    return found
