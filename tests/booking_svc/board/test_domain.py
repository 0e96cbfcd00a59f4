"""Hours of the wall clock, and the days that an estimate is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.board.domain import HOUR, Wait, holds_until, hour_of, past_days, wait_at

KYIV, KATHMANDU = ZoneInfo("Europe/Kyiv"), ZoneInfo("Asia/Kathmandu")


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def test_an_estimate_is_made_of_eight_days_like_this_one() -> None:
    """The same weekday of the last eight weeks, today left out."""
    days = past_days(date(2026, 11, 24))
    assert (len(days), days[0], days[-1]) == (8, date(2026, 11, 17), date(2026, 9, 29))
    assert {day.weekday() for day in days} == {1}


@pytest.mark.parametrize(
    ("now", "zone", "began"),
    [
        ("2026-11-24T07:59:59.999", KYIV, "2026-11-24T07:00"),
        ("2026-11-24T08:00", KYIV, "2026-11-24T08:00"),
        ("2026-11-24T08:10", KATHMANDU, "2026-11-24T07:15"),
        ("2026-10-25T00:30", KYIV, "2026-10-25T00:00"),
        ("2026-10-25T01:30", KYIV, "2026-10-25T01:00"),
    ],
)
def test_hours_are_those_of_the_wall_clock(now: str, zone: ZoneInfo, began: str) -> None:
    """Also where they do not begin with those of UTC, and in the night in which one comes twice."""
    assert hour_of(utc(now), zone) == utc(began)
    assert holds_until(utc(now), zone) == utc(began) + HOUR


@given(st.integers(1_577_836_800, 2_051_222_400))
def test_a_board_always_holds_for_a_while_but_never_longer_than_an_hour(second: int) -> None:
    """Whatever the clocks do."""
    now = datetime.fromtimestamp(second, UTC)
    assert now < holds_until(now, KYIV) <= now + HOUR


def test_the_wait_is_that_of_the_hour_in_which_it_begins() -> None:
    """By the centre's clock; None where nothing is known."""
    wait = Wait(300, 900, 25)
    assert wait_at({9: wait}, utc("2026-11-24T07:30"), KYIV) == wait
    assert wait_at({9: wait}, utc("2026-11-24T09:30"), KYIV) is None
