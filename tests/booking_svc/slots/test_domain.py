"""The window of days and the slots of a day, on every day of the year in both zones."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.slots.domain import Intervals, instant, next_opening, opens_until, slots_of, today

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")
SIX = time(6)
NINE_TO_FIVE: Intervals = ((9 * 60, 17 * 60),)
ROUND_THE_CLOCK: Intervals = ((0, 24 * 60),)
zones = st.sampled_from([KYIV, WARSAW])
days = st.dates(date(2025, 1, 1), date(2032, 12, 31))
changes = st.sampled_from([date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)])
moments = st.integers(1_735_689_600, 1_988_150_400).map(lambda second: datetime.fromtimestamp(second, UTC))
lengths = st.integers(1, 96).map(lambda steps: 5 * steps)


@st.composite
def openings(draw: st.DrawFn) -> Intervals:
    """Up to three intervals of a day, in order and apart."""
    ends = draw(st.lists(st.integers(0, 288), min_size=2, max_size=6, unique=True).map(sorted))
    return tuple((5 * start, 5 * end) for start, end in zip(ends[::2], ends[1::2], strict=False))


def at(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def walls(day: date, hours: Intervals, zone: ZoneInfo, minutes: int = 20) -> list[str]:
    return [start.astimezone(zone).isoformat()[11:] for start in slots_of(day, hours, minutes, zone)]


@pytest.mark.parametrize(
    ("now", "farthest"),
    [
        ("2026-08-20T05:59:59.999999", date(2026, 9, 8)),
        ("2026-08-20T06:00:00", date(2026, 9, 9)),
        ("2026-08-20T23:59:59", date(2026, 9, 9)),
        ("2026-08-21T00:00:00", date(2026, 9, 9)),
        ("2026-12-31T06:00:00", date(2027, 1, 20)),
        ("2028-02-09T06:00:00", date(2028, 2, 29)),
    ],
)
def test_the_farthest_day_opens_at_six(now: str, farthest: date) -> None:
    """On 20 August at 06:00 the 9th of September opens; before, the farthest is today + 19 (domain.md §2)."""
    for zone in (KYIV, WARSAW):
        assert opens_until(at(now, zone), zone, window_days=21, opens_at=SIX) == farthest


def test_each_zone_has_its_own_six_o_clock() -> None:
    """At 06:00 in Kyiv it is 05:00 in Warsaw."""
    now = at("2026-08-20T06:00:00", KYIV)
    assert opens_until(now, KYIV, window_days=21, opens_at=SIX) == date(2026, 9, 9)
    assert opens_until(now, WARSAW, window_days=21, opens_at=SIX) == date(2026, 9, 8)


@given(moments, zones, st.integers(1, 60))
def test_the_window_changes_at_its_openings_only(now: datetime, zone: ZoneInfo, window: int) -> None:
    """Until the next opening the farthest day stays, at that instant it is one day more; midnight changes nothing."""
    following = next_opening(now, zone, opens_at=SIX)
    farthest = opens_until(now, zone, window_days=window, opens_at=SIX)
    just_before = following - timedelta(microseconds=1)
    assert now < following <= now + timedelta(hours=25)
    assert opens_until(just_before, zone, window_days=window, opens_at=SIX) == farthest
    assert opens_until(following, zone, window_days=window, opens_at=SIX) == farthest + timedelta(days=1)


@given(moments, zones)
def test_a_day_begins_at_local_midnight(now: datetime, zone: ZoneInfo) -> None:
    """Today is what the clock on the centre's wall says."""
    begins = instant(today(now, zone), 0, zone)
    assert begins <= now < instant(today(now, zone) + timedelta(days=1), 0, zone)


def test_a_working_day_has_twenty_four_slots_of_twenty_minutes() -> None:
    """From 09:00 on, the last one ends at closing."""
    found = walls(date(2026, 11, 24), NINE_TO_FIVE, KYIV)
    assert (len(found), found[0], found[-1]) == (24, "09:00:00+02:00", "16:40:00+02:00")


def test_a_break_is_kept_and_a_rest_too_short_for_a_visit_is_left() -> None:
    """09:00–10:10 and 11:00–11:30 give three slots and one of twenty minutes."""
    hours: Intervals = ((540, 610), (660, 690))
    assert walls(date(2026, 11, 24), hours, WARSAW) == [
        "09:00:00+01:00",
        "09:20:00+01:00",
        "09:40:00+01:00",
        "11:00:00+01:00",
    ]


def test_a_closed_day_has_none() -> None:
    """No hours, no slots."""
    assert slots_of(date(2026, 11, 24), (), 20, KYIV) == ()


def test_the_hour_that_does_not_exist_has_no_slots() -> None:
    """Kyiv skips 03:00–04:00 on 29 March 2026, Warsaw 02:00–03:00."""
    night: Intervals = ((60, 300),)
    assert walls(date(2026, 3, 29), night, KYIV, 60) == ["01:00:00+02:00", "02:00:00+02:00", "04:00:00+03:00"]
    assert walls(date(2026, 3, 29), night, WARSAW, 60) == ["01:00:00+01:00", "03:00:00+02:00", "04:00:00+02:00"]


def test_the_repeated_hour_has_its_slots_once() -> None:
    """Kyiv repeats 03:00–04:00 on 25 October 2026: the slots stand in the first of the two."""
    night: Intervals = ((120, 300),)
    assert walls(date(2026, 10, 25), night, KYIV, 60) == ["02:00:00+03:00", "03:00:00+03:00", "04:00:00+02:00"]


def test_a_visit_across_the_skipped_hour_does_not_meet_the_next() -> None:
    """Two hours from 02:00 end at 05:00 by the clock on 29 March: the slot at 04:00 would overlap."""
    assert walls(date(2026, 3, 29), ((120, 600),), KYIV, 120) == ["02:00:00+02:00", "06:00:00+03:00", "08:00:00+03:00"]


def test_a_closing_inside_the_skipped_hour_is_the_moment_of_the_change() -> None:
    """Open until 03:30 on the night when 03:00 becomes 04:00: the last visit ends at 03:00."""
    assert walls(date(2026, 3, 29), ((120, 210),), KYIV)[-1] == "02:40:00+02:00"


def test_round_the_clock_the_year_has_every_hour_but_the_repeated_ones() -> None:
    """23 slots of an hour in spring and 24 in autumn (25 hours, one of them doubled), 24 on any other day."""
    for zone in (KYIV, WARSAW):
        counts = [len(slots_of(date(2026, 1, 1) + timedelta(days=n), ROUND_THE_CLOCK, 60, zone)) for n in range(365)]
        assert sorted(set(counts)) == [23, 24]
        assert counts.count(23) == 1


@given(st.one_of(days, changes), openings(), lengths, zones)
def test_slots_exist_once_within_the_hours_and_one_after_the_other(
    day: date, hours: Intervals, minutes: int, zone: ZoneInfo
) -> None:
    """On any day of any year: each begins on that local day inside an opening, ends by its closing, meets no other."""
    found = slots_of(day, hours, minutes, zone)
    length = timedelta(minutes=minutes)
    for start, following in pairwise(found):
        assert start + length <= following
    for start in found:
        local = start.astimezone(zone)
        minute = local.hour * 60 + local.minute
        assert local.date() == day
        assert local.fold == 0
        assert any(
            opening <= minute < closing
            and (minute - opening) % minutes == 0
            and start + length <= instant(day, closing, zone)
            for opening, closing in hours
        )


@given(days, openings(), lengths, zones)
def test_no_time_is_lost_on_an_ordinary_day(day: date, hours: Intervals, minutes: int, zone: ZoneInfo) -> None:
    """Where the clocks do not change, an opening has as many slots as fit into it."""
    midnight, next_midnight = instant(day, 0, zone), instant(day + timedelta(days=1), 0, zone)
    if next_midnight - midnight == timedelta(hours=24):
        expected = sum((closing - opening) // minutes for opening, closing in hours)
        assert len(slots_of(day, hours, minutes, zone)) == expected
