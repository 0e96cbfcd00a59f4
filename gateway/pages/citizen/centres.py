"""Choosing a centre: on the map and in a list, by the first free time, by distance or region."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from math import asin, cos, isfinite, radians, sin, sqrt
from typing import NamedTuple

from starlette.responses import Response

from gateway.pages.citizen import reading
from gateway.pages.citizen.reading import Item
from gateway.pages.formats import Formats
from gateway.pages.map import Map, Place
from gateway.pages.page import Page

EARTH_KM = 6371.0


class Position(NamedTuple):
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Offer:
    """A centre with what is free of the service. `distance_km` None: from nowhere in particular."""

    centre: Item
    free: int
    first_free_at: str | None
    distance_km: float | None = None

    @property
    def address(self) -> str:
        """Under `/book/{service}`."""
        return reading.at(self.centre["id"])


async def choose(page: Page) -> Response:
    code = page.given("service")
    service, centres, free = await asyncio.gather(
        reading.service(page, code), reading.centres(page, service=code), reading.availability(page, code)
    )
    here, region = position(page.asked("lat"), page.asked("lon")), page.asked("region")
    offers = sorted_offers(offers_of(centres, free, here))
    regions = {one["region"]["code"]: one["region"]["name"] for one in centres}
    errors = {"region": page.gettext("Choose a region of the list")} if region and region not in regions else {}
    inside = [one for one in offers if region in ("", one.centre["region"]["code"])] if not errors else offers
    return page.render(
        "citizen/centres.html",
        service=service,
        here=here,
        regions=sorted(regions.items(), key=lambda pair: pair[1]),
        values={"region": region},
        errors=errors,
        inside=inside,
        elsewhere=[one for one in offers if one not in inside],
        drawing=drawing(page, service, offers),
    )


def position(latitude: str, longitude: str) -> Position | None:
    """As a browser told it; None for what is no place on earth."""
    try:
        found = Position(float(latitude), float(longitude))
    except ValueError:
        return None
    return found if isfinite(sum(found)) and abs(found.latitude) <= 90 and abs(found.longitude) <= 180 else None


def offers_of(centres: list[Item], free: dict[str, Item], here: Position | None) -> list[Offer]:
    """Centres that give the service; `here` tells how far they are."""
    return [
        Offer(one, free[one["id"]]["free"], free[one["id"]]["first_free_at"], here and distance_km(here, where(one)))
        for one in centres
        if one["id"] in free
    ]


def sorted_offers(offers: list[Offer]) -> list[Offer]:
    """The nearest first; of those whose distance nobody knows, the one that is free first."""
    return sorted(offers, key=lambda one: (one.distance_km or 0.0, one.first_free_at or "9", one.centre["id"]))


def where(centre: Item) -> Position:
    return Position(centre["position"]["latitude"], centre["position"]["longitude"])


def distance_km(one: Position, other: Position) -> float:
    """Along the great circle."""
    north, east = radians(other.latitude - one.latitude), radians(other.longitude - one.longitude)
    way = sin(north / 2) ** 2 + cos(radians(one.latitude)) * cos(radians(other.latitude)) * sin(east / 2) ** 2
    return 2 * EARTH_KM * asin(sqrt(min(1.0, way)))


def drawing(page: Page, service: Item, offers: list[Offer]) -> Map:
    formats = Formats(page.language)
    return Map.of([_mark(page, service, one, formats) for one in sorted(offers, key=lambda one: str(one.centre["id"]))])


def _mark(page: Page, service: Item, offer: Offer, formats: Formats) -> Place:
    here, name = where(offer.centre), offer.centre["name"]
    label = page.gettext("%(centre)s: nothing free") % {"centre": name}
    if offer.first_free_at:
        text = page.ngettext(
            "%(centre)s: %(num)s free place, the first %(first)s",
            "%(centre)s: %(num)s free places, the first %(first)s",
            offer.free,
        )
        label = text % {"centre": name, "num": offer.free, "first": formats.day_and_clock(offer.first_free_at)}
    href = "/" + reading.at("book", service["code"], offer.centre["id"])
    return Place(here.latitude, here.longitude, href, label, offer.free > 0, short_name(name))


def short_name(name: str) -> str:
    """What tells a centre from others on the map: the last words of its name, as in "… No. 0741, Lutsk"."""
    return name.rpartition(",")[2].strip()


PAGES = [("GET", "/book/{service}", choose)]
