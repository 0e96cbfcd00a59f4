"""The days that can be booked, as a calendar shows them. Pure; all days are the centre's."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from gateway.pages.formats import Formats, moment

DAY = timedelta(days=1)
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
A_MONDAY = date(2024, 1, 1)
NOON = 12


@dataclass(frozen=True, slots=True)
class Window:
    """From `first`, today, to `until`; the day after that opens at `opening`."""

    first: date
    until: date
    opening: datetime

    @classmethod
    def of(cls, now: datetime, zone: ZoneInfo, organisation: Mapping[str, Any]) -> Window:
        """Of an organisation that opens its farthest day at `opens_at` every morning (domain.md §2)."""
        here, opens_at = now.astimezone(zone), time.fromisoformat(organisation["opens_at"])
        days = timedelta(days=organisation["window_days"] - 1)
        today = here.date()
        if here.time() < opens_at:
            return cls(today, today + days - DAY, datetime.combine(today, opens_at, zone))
        return cls(today, today + days, datetime.combine(today + DAY, opens_at, zone))

    @property
    def opens(self) -> date:
        """The day that opens next."""
        return self.until + DAY

    def opens_on(self, day: date) -> date | None:
        """When that day opens; None: it is open."""
        return None if day <= self.until else self.opening.date() + (day - self.opens)


@dataclass(frozen=True, slots=True)
class Day:
    """`state`: free, full, closed, opens (next, at the hour of the window), outside (before or after what is shown)."""

    date: date
    state: str
    free: int = 0
    why: str | None = None


def weeks(window: Window, free: Mapping[str, int], calendar: list[dict[str, Any]]) -> list[list[Day]]:
    """Whole weeks from Monday, with every day of the window and the one that opens next.

    `free`: places by day, for days with slots. `calendar`: the centre's exceptions, which say why it is closed.
    """
    reasons = {one["date"]: one["reason"] for one in calendar if one["closed"]}
    begin = window.first - DAY * window.first.weekday()
    count = (window.opens - begin).days // 7 + 1
    every = [begin + DAY * place for place in range(7 * count)]
    days = [_day(one, window, free, reasons) for one in every]
    return [days[start : start + 7] for start in range(0, len(days), 7)]


def _day(day: date, window: Window, free: Mapping[str, int], reasons: Mapping[str, str | None]) -> Day:
    if day == window.opens:
        return Day(day, "opens")
    if not window.first <= day <= window.until:
        return Day(day, "outside")
    places = free.get(day.isoformat())
    if places is None:
        return Day(day, "closed", why=reasons.get(day.isoformat()))
    return Day(day, "free" if places else "full", places)


def with_room(free: Mapping[str, int], *, after: date) -> date | None:
    """The first later day on which something is free."""
    return min((day for day in _free_days(free) if day > after), default=None)


def room_before(free: Mapping[str, int], *, before: date) -> date | None:
    """The last earlier day on which something is free."""
    return max((day for day in _free_days(free) if day < before), default=None)


def _free_days(free: Mapping[str, int]) -> Iterator[date]:
    return (date.fromisoformat(day) for day, places in free.items() if places)


def halves(slots: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The times of a day, morning and afternoon, each only if there is any."""
    parts = groupby(slots, key=lambda one: "morning" if moment(one["starts_at"]).hour < NOON else "afternoon")
    return [(part, list(some)) for part, some in parts]


def nearest(slots: list[dict[str, Any]], wished: datetime, *, count: int) -> list[dict[str, Any]]:
    """So many free times around the wished one, in order."""
    free = [one for one in slots if one["free"] and moment(one["starts_at"]) != wished]
    close = sorted(free, key=lambda one: abs(moment(one["starts_at"]) - wished))[:count]
    return sorted(close, key=lambda one: str(one["starts_at"]))


def hours(weekly: Mapping[str, list[list[str]]], formats: Formats) -> list[tuple[str, str]]:
    """Days in a row with the same hours together: `("вт – сб", "09:00–17:00")`. Days that are closed are left out."""
    names = {key: formats.weekday(A_MONDAY + DAY * place) for place, key in enumerate(WEEKDAYS)}
    told = []
    for intervals, some in groupby(WEEKDAYS, key=lambda key: weekly.get(key)):
        if intervals:
            days = [names[key] for key in some]
            span = days[0] if len(days) == 1 else f"{days[0]} – {days[-1]}"
            told.append((span, ", ".join(f"{start}–{end}" for start, end in intervals)))
    return told
