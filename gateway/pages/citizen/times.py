"""Choosing a day of a centre, and a time of that day."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from starlette.responses import Response

from gateway.pages.citizen import days, reading
from gateway.pages.citizen.days import Window
from gateway.pages.citizen.reading import Item
from gateway.pages.formats import Formats
from gateway.pages.page import Page
from services.errors import NotFound


@dataclass(frozen=True, slots=True)
class Choice:
    """A service in a centre, and what is free of it there and everywhere."""

    service: Item
    centre: Item
    free: dict[str, Item]

    @classmethod
    async def of(cls, page: Page, service: str, centre: str) -> Choice:
        """Raises `NotFound` where the centre does not give the service."""
        return cls(*await reading.place(page, service, centre))

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.centre["time_zone"])

    @property
    def days(self) -> dict[str, int]:
        """Free places by day."""
        found: dict[str, int] = self.free[self.centre["id"]]["days"]
        return found

    @property
    def address(self) -> str:
        """Of the page with the days; a day's own is below it."""
        return "/" + reading.at("book", self.service["code"], self.centre["id"])

    async def window(self, page: Page) -> Window:
        organisation = await page.api.get(reading.at("organisations", self.centre["organisation"]))
        return Window.of(page.now, self.zone, organisation)

    async def slots(self, page: Page, day: date) -> list[Item]:
        query = {"centre": self.centre["id"], "service": self.service["code"], "date": day.isoformat()}
        found: list[Item] = (await page.api.get("slots", **query))["items"]
        return found


async def choose_day(page: Page) -> Response:
    choice = await Choice.of(page, page.given("service"), page.given("centre"))
    window = await choice.window(page)
    return page.render(
        "citizen/days.html",
        choice=choice,
        window=window,
        weeks=days.weeks(window, choice.days, choice.centre["calendar"]),
        **about(page, choice.centre),
    )


def about(page: Page, centre: Item) -> dict[str, Any]:
    """Hours and languages of a centre as people write them."""
    names = Locale.parse(page.language).languages
    languages = [names.get(code, code) for code in centre["languages"]]
    return {"hours": days.hours(centre["hours"], Formats(page.language)), "languages_served": languages}


async def choose_time(page: Page) -> Response:
    return await shown(page, day_of(page), errors={})


async def shown(page: Page, day: date, *, errors: dict[str, str]) -> Response:
    """The times of a day. `errors`: of a form that came back."""
    choice = await Choice.of(page, page.given("service"), page.given("centre"))
    window, slots = await asyncio.gather(choice.window(page), choice.slots(page, day))
    return page.render(
        "citizen/times.html",
        status=422 if errors else 200,
        choice=choice,
        day=day,
        window=window,
        halves=days.halves(slots),
        free=sum(one["free"] for one in slots),
        before=days.room_before(choice.days, before=day),
        after=days.with_room(choice.days, after=day),
        errors=errors,
    )


def day_of(page: Page) -> date:
    """Of the address, written as in 2026-11-25. Raises `NotFound` for what is no day."""
    text = page.given("date")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise NotFound from None
    if day.isoformat() != text:
        raise NotFound
    return day


PAGES = [
    ("GET", "/book/{service}/{centre}", choose_day),
    ("GET", "/book/{service}/{centre}/{date}", choose_time),
]
