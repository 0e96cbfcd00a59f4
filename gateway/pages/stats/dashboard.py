"""The figures of everything, of a region, of a centre."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import Response

from gateway.pages.client import Refused
from gateway.pages.page import Page
from gateway.pages.stats import asking, reading
from gateway.pages.stats.periods import Period
from gateway.pages.stats.reading import Place
from gateway.pages.stats.showing import shown


async def country(page: Page) -> Response:
    return await dashboard(page, Place("region"))


async def region(page: Page) -> Response:
    return await dashboard(page, await reading.region(page))


async def centre(page: Page) -> Response:
    return await dashboard(page, await reading.centre(page))


async def dashboard(page: Page, place: Place) -> Response:
    """The figures of the days that are asked for; the form alone, with what is wrong, where there can be none."""
    years, now = await asyncio.gather(reading.years(page, place), reading.today(page))
    today = reading.day(now)
    asked = asking.wish(page, years=years, today=today)
    choice = {"place": place, "years": sorted({*years, today.year}, reverse=True), "now": now}
    if asked.period:
        try:
            return await _figures(page, place, asked.period, {**choice, "asked": asked})
        except Refused as refused:
            asked = asking.refused(page, asked, refused)
    return page.render("stats/unasked.html", status=422, asked=asked, **choice)


async def _figures(page: Page, place: Place, period: Period, choice: dict[str, Any]) -> Response:
    found = await reading.figures(page, place, period)
    staff = await reading.staff(page, place, period) if place.parts == "service" else None
    view = shown(found, period, until=reading.day(choice["now"]), language=page.language)
    organisation = organisation_of(page, place)
    return page.render(
        "stats/dashboard.html", period=period, view=view, staff=staff, organisation=organisation, **choice
    )


def organisation_of(page: Page, place: Place) -> str | None:
    """Whose report the reader may have of this place; the service decides again. Of a region there is none."""
    who = page.session
    if not who or not who.has(*reading.READERS_OF_REPORTS) or place.parts == "centre":
        return None
    if place.parts == "region":
        return None if who.centre else who.organisation
    owner: str | None = place.about.get("organisation")
    if who.has("admin"):
        return owner
    return owner if owner and who.organisation == owner and who.centre in (None, place.code) else None
