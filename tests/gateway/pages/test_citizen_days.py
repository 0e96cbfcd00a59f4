"""The calendar of a citizen: which days are open, which opens next, and what is told of each. Pure rules."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from gateway.pages.citizen import days
from gateway.pages.citizen.centres import Position, distance_km, position, short_name
from gateway.pages.citizen.days import Window
from gateway.pages.formats import Formats

KYIV = ZoneInfo("Europe/Kyiv")
RULES = {"opens_at": "06:00", "window_days": 21}
FREE = {"2026-11-24": 3, "2026-11-25": 0, "2026-11-27": 7}


def window(now: str) -> Window:
    return Window.of(datetime.fromisoformat(now), KYIV, RULES)


@pytest.mark.parametrize(
    ("now", "until", "opening"),
    [
        ("2026-08-20T05:59:59+03:00", date(2026, 9, 8), "2026-08-20T06:00:00+03:00"),
        ("2026-08-20T06:00:00+03:00", date(2026, 9, 9), "2026-08-21T06:00:00+03:00"),
        ("2026-08-20T21:30:00+00:00", date(2026, 9, 9), "2026-08-21T06:00:00+03:00"),
        ("2026-10-24T12:00:00+03:00", date(2026, 11, 13), "2026-10-25T06:00:00+02:00"),
    ],
)
def test_the_farthest_day_opens_at_six(now: str, until: date, opening: str) -> None:
    """Of the centre's own morning (domain.md §2): on 20 August the 9th of September; also when clocks change."""
    found = window(now)
    assert (found.until, found.opening) == (until, datetime.fromisoformat(opening))


def test_each_later_day_opens_a_day_later() -> None:
    """None for a day that is open."""
    found = window("2026-08-20T12:00:00+03:00")
    assert found.opens_on(date(2026, 9, 9)) is None
    assert found.opens_on(date(2026, 9, 10)) == date(2026, 8, 21)
    assert found.opens_on(date(2026, 9, 12)) == date(2026, 8, 23)


def test_the_calendar_has_whole_weeks_with_every_day_of_the_window() -> None:
    """21 days and the one that opens next; before and after them nothing is told."""
    closed = [{"date": "2026-11-26", "closed": True, "reason": "Holiday"}]
    weeks = days.weeks(window("2026-11-24T09:00:00+02:00"), FREE, closed)
    assert [len(week) for week in weeks] == [7] * len(weeks)
    known = {day.date.isoformat(): day for week in weeks for day in week}
    assert (known["2026-11-23"].state, known["2026-12-16"].state) == ("outside", "outside")
    assert (known["2026-11-24"].state, known["2026-11-24"].free) == ("free", 3)
    assert known["2026-11-25"].state == "full"
    assert (known["2026-11-26"].state, known["2026-11-26"].why) == ("closed", "Holiday")
    assert (known["2026-12-14"].state, known["2026-12-15"].state) == ("closed", "opens")


def test_the_days_with_room_around_a_day() -> None:
    """Those that are full are passed over."""
    assert days.with_room(FREE, after=date(2026, 11, 24)) == date(2026, 11, 27)
    assert days.with_room(FREE, after=date(2026, 11, 27)) is None
    assert days.room_before(FREE, before=date(2026, 11, 27)) == date(2026, 11, 24)


def slot(clock: str, free: int = 1) -> dict[str, Any]:
    return {"starts_at": f"2026-11-24T{clock}:00+02:00", "free": free}


def test_the_nearest_times_are_free_and_in_order() -> None:
    """Earlier or later, never the one that was taken."""
    slots = [slot("09:00"), slot("09:20", 0), slot("09:40"), slot("10:00"), slot("10:20"), slot("10:40")]
    wished = datetime.fromisoformat("2026-11-24T10:00:00+02:00")
    found = days.nearest(slots, wished, count=3)
    assert [one["starts_at"][11:16] for one in found] == ["09:40", "10:20", "10:40"]


def test_a_day_has_two_halves_at_most() -> None:
    slots = [slot("11:40"), slot("12:00"), slot("13:00")]
    assert [(half, len(some)) for half, some in days.halves(slots)] == [("morning", 1), ("afternoon", 2)]
    assert days.halves([]) == []


def test_days_in_a_row_with_the_same_hours_are_told_together() -> None:
    """Closed days are left out, and part the row."""
    plain, short = [["09:00", "17:00"]], [["09:00", "12:00"], ["13:00", "16:00"]]
    told = days.hours({"mon": plain, "tue": plain, "thu": plain, "fri": short}, Formats("en"))
    assert told == [("Mon – Tue", "09:00–17:00"), ("Thu", "09:00–17:00"), ("Fri", "09:00–12:00, 13:00–16:00")]


@pytest.mark.parametrize("told", [("", ""), ("north", "1"), ("nan", "1"), ("91", "0"), ("0", "-181"), ("1e999", "0")])
def test_what_is_no_place_on_earth_is_not_taken(told: tuple[str, str]) -> None:
    """The list then is in its usual order."""
    assert position(*told) is None


def test_distances_are_those_of_the_globe() -> None:
    """Kyiv to Lviv is 469 km as the crow flies."""
    assert position("50.45", "30.52") == Position(50.45, 30.52)
    assert distance_km(Position(50.4501, 30.5234), Position(49.8397, 24.0297)) == pytest.approx(469, rel=0.01)


def test_the_map_shows_what_tells_centres_apart() -> None:
    assert short_name("Territorial Service Centre No. 0741, Lutsk") == "Lutsk"
    assert short_name("ЦНАП у місті Луцьку") == "ЦНАП у місті Луцьку"


def test_a_moment_elsewhere_is_the_centres_day() -> None:
    """Late in the evening in UTC it is tomorrow in Kyiv."""
    assert Window.of(datetime(2026, 11, 23, 22, 30, tzinfo=UTC), KYIV, RULES).first == date(2026, 11, 24)
