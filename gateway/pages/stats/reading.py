"""What the pages of statistics read: the public figures of a place in a period, and what only its manager sees."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from gateway.pages.catalogue import known
from gateway.pages.citizen.reading import at
from gateway.pages.client import Refused
from gateway.pages.page import Page
from gateway.pages.stats.periods import Period
from services.errors import NotFound

Item = dict[str, Any]
IN_CHARGE = ("manager", "admin")
READERS_OF_REPORTS = (*IN_CHARGE, "analyst")
YEARS = 10
"""How far back the API looks in one question."""


@dataclass(frozen=True)
class Place:
    """Whose figures: of everything, of a region, of a centre. `parts`: by what they are told apart."""

    parts: str
    name: str = ""
    query: dict[str, str] = field(default_factory=dict)
    about: Item = field(default_factory=dict)
    """A centre as the catalogue has it."""

    @property
    def code(self) -> str:
        return next(iter(self.query.values()), "")


async def region(page: Page) -> Place:
    """Raises `NotFound` for one that has neither centres nor figures."""
    code = page.given("code")
    name = await _told(page, "region", code)
    if name is None:
        centres = (await page.api.get("centres"))["items"]
        name = next((one["region"]["name"] for one in centres if one["region"]["code"] == code), None)
    if name is None:
        raise NotFound
    return Place("centre", name, {"region": code})


async def centre(page: Page) -> Place:
    """Raises `NotFound` for one that has neither an entry in the catalogue nor figures."""
    code = page.given("centre")
    about, told = await asyncio.gather(known(page, at("centres", code)), _told(page, "centre", code))
    if not about and told is None:
        raise NotFound
    return Place("service", about.get("name") or told or code, {"centre": code}, about)


async def _told(page: Page, kind: str, code: str) -> str | None:
    """The name of a place that has figures. Raises `NotFound` for what can be no code of it."""
    try:
        found = await asyncio.gather(
            *(page.api.get(f"stats/{what}", group_by=kind, **{kind: code}, **_ten_years(page)) for what in FIGURES)
        )
    except Refused as refused:
        if refused.status != 422:
            raise
        raise NotFound from None
    return next((item["name"] for one in found for item in one["items"]), None)


FIGURES = ("ratings", "visits")


def _ten_years(page: Page) -> dict[str, str]:
    """Until the end of this year, in whatever zone it is this year."""
    year = page.now.year
    return {"from": f"{year - YEARS + 1}-01-01", "to": f"{year}-12-31"}


async def years(page: Page, place: Place) -> list[int]:
    """Those with figures."""
    asked = {**place.query, **_ten_years(page), "group_by": "year"}
    found = await asyncio.gather(*(page.api.get(f"stats/{what}", **asked) for what in FIGURES))
    return sorted({int(item["key"]) for one in found for item in one["items"]}, reverse=True)


async def today(page: Page) -> Item:
    """Today's figures; `date` is the day that it is for statistics."""
    found: Item = await page.api.get("stats/today")
    return found


def day(found: Item) -> date:
    return date.fromisoformat(found["date"])


async def figures(page: Page, place: Place, period: Period) -> dict[str, Item]:
    """Raises `Refused` for days that the API does not tell together."""
    asked = {**place.query, "from": str(period.first), "to": str(period.last)}
    rated = place.parts if place.parts != "service" else "question"
    wanted = {
        "by_question": ("ratings", "question"),
        "by_step": ("ratings", period.step),
        "by_place": ("ratings", rated),
        "visits_by_step": ("visits", period.step),
        "visits_by_part": ("visits", place.parts),
        "wishes": ("quota", "year"),
    }
    read = [page.api.get(f"stats/{what}", **asked, group_by=group) for what, group in wanted.values()]
    return dict(zip(wanted, await asyncio.gather(*read), strict=True))


async def staff(page: Page, place: Place, period: Period) -> Item | None:
    """The desks of a centre; None for whoever is not in charge of it."""
    if not page.session or not page.session.has(*IN_CHARGE):
        return None
    asked = {"centre": place.code, "from": str(period.first), "to": str(period.last)}
    try:
        found: Item = await page.api.get("stats/staff", **asked)
    except Refused as refused:
        if refused.status != 403:
            raise
        return None
    return found
