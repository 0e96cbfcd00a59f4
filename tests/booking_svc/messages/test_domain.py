"""When a message is due, and whether it is still true: wall clocks, nights, the days when clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.bookings.domain import Status
from booking_svc.messages.domain import (
    TOO_CLOSE,
    Kind,
    Night,
    Stale,
    Standing,
    due,
    reminders,
    useful_until,
    verdict,
)
from services.messages.pace import again

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")
NIGHT = Night(time(21), time(8), KYIV)
CLOCKS_CHANGE = {date(2026, 3, 29), date(2026, 10, 25)}
"""A night may end at a time of day that does not exist then, or exists twice."""


def kyiv(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=KYIV)


@pytest.mark.parametrize(
    ("visit", "day_before", "hours_before"),
    [
        ("2026-11-25 12:00", "2026-11-24 12:00", "2026-11-25 10:00"),
        ("2026-11-25 09:00", "2026-11-24 09:00", "2026-11-25 08:00"),
        ("2026-11-25 08:30", "2026-11-24 08:30", "2026-11-25 08:00"),
        ("2026-11-25 08:20", "2026-11-24 08:20", None),
        ("2026-11-25 07:00", "2026-11-24 08:00", None),
        ("2026-11-25 21:30", "2026-11-25 08:00", "2026-11-25 19:30"),
        ("2026-11-25 23:30", "2026-11-25 08:00", None),
    ],
)
def test_reminders_keep_the_time_of_day_and_the_night(visit, day_before, hours_before):
    """At night: in the morning, if the visit is at least half an hour away then; else not."""
    found = reminders(kyiv(visit), now=kyiv("2026-11-20 12:00"), night=NIGHT)
    expected = {Kind.DAY_BEFORE: day_before, Kind.HOURS_BEFORE: hours_before}
    assert found == {kind: kyiv(text) for kind, text in expected.items() if text}


def test_what_is_past_when_the_booking_is_confirmed_is_not_planned():
    """Who books at noon for tomorrow morning needs no reminder of the day before."""
    assert set(reminders(kyiv("2026-11-25 09:20"), now=kyiv("2026-11-24 12:00"), night=NIGHT)) == {Kind.HOURS_BEFORE}
    assert reminders(kyiv("2026-11-25 09:20"), now=kyiv("2026-11-25 08:30"), night=NIGHT) == {}


@pytest.mark.parametrize(("visit", "hours"), [("2026-03-29 12:00", 23), ("2026-10-25 12:00", 25)])
@pytest.mark.parametrize("zone", [KYIV, WARSAW])
def test_the_day_before_is_a_day_of_the_wall_clock(visit, hours, zone):
    """23 or 25 hours where the clocks change in between."""
    starts_at = datetime.fromisoformat(visit).replace(tzinfo=zone)
    night = Night(time(21), time(8), zone)
    found = reminders(starts_at, now=starts_at - timedelta(days=3), night=night)
    assert starts_at.astimezone(UTC) - found[Kind.DAY_BEFORE] == timedelta(hours=hours)
    assert starts_at.astimezone(UTC) - found[Kind.HOURS_BEFORE] == timedelta(hours=2)


@given(
    moment=st.integers(0, 366 * 24 * 60).map(
        lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    ),
    ahead=st.integers(0, 48 * 60),
    since=st.times(),
    until=st.times(),
)
def test_nothing_is_ever_due_at_night(moment, ahead, since, until):
    """Whatever the quiet hours: never in them, never earlier than wanted, never later than half an hour before."""
    night = Night(since.replace(second=0, microsecond=0), until.replace(second=0, microsecond=0), KYIV)
    starts_at = moment + timedelta(minutes=ahead)
    at = due(moment, starts_at, night=night)
    if at is not None:
        assert at >= moment
        assert at == moment or at <= starts_at - TOO_CLOSE
        assert not night.holds(at) or at.astimezone(KYIV).date() in CLOCKS_CHANGE


def standing(**more):
    fields = {
        "status": Status.CONFIRMED,
        "starts_at": VISIT,
        "checked_in": False,
        "cancelled_by": None,
        "paused": False,
    }
    return Standing(**fields | more)


VISIT = kyiv("2026-11-25 12:00")


@pytest.mark.parametrize(
    ("kind", "booking", "expected"),
    [
        (Kind.HOURS_BEFORE, standing(), True),
        (Kind.HOURS_BEFORE, standing(status=Status.CANCELLED, cancelled_by="applicant"), False),
        (Kind.HOURS_BEFORE, standing(starts_at=VISIT + timedelta(hours=3)), False),
        (Kind.HOURS_BEFORE, standing(checked_in=True), False),
        (Kind.HOURS_BEFORE, standing(status=Status.CALLED), False),
        (Kind.CANCELLED, standing(status=Status.CANCELLED, cancelled_by="centre"), True),
        (Kind.CANCELLED, standing(status=Status.CANCELLED, cancelled_by="alert"), True),
        (Kind.CANCELLED, standing(status=Status.CANCELLED, cancelled_by="applicant"), False),
        (Kind.MOVED, standing(), True),
        (Kind.MOVED, standing(starts_at=VISIT + timedelta(days=1)), False),
        (Kind.PAUSED, standing(paused=True), True),
        (Kind.PAUSED, standing(), False),
    ],
)
def test_a_message_is_sent_only_while_it_is_true(kind, booking, expected):
    """Looked at once more at the moment of sending."""
    now = kyiv("2026-11-25 10:00")
    found = verdict(kind, VISIT, booking, now=now, night=NIGHT)
    assert found == (now if expected else Stale.CHANGED)


@pytest.mark.parametrize(
    ("kind", "now", "expected"),
    [
        (Kind.DAY_BEFORE, "2026-11-25 09:59", "2026-11-25 09:59"),
        (Kind.DAY_BEFORE, "2026-11-25 10:00", Stale.LATE),
        (Kind.HOURS_BEFORE, "2026-11-25 11:29", "2026-11-25 11:29"),
        (Kind.HOURS_BEFORE, "2026-11-25 11:30", Stale.LATE),
        (Kind.DAY_BEFORE, "2026-11-24 23:00", "2026-11-25 08:00"),
        (Kind.MOVED, "2026-11-25 11:59", "2026-11-25 11:59"),
        (Kind.MOVED, "2026-11-25 12:00", Stale.LATE),
    ],
)
def test_a_message_that_comes_too_late_helps_nobody(kind, now, expected):
    """The first reminder until the second, that until half an hour before; in the night it waits for the morning."""
    moment = kyiv(now)
    found = verdict(kind, VISIT, standing(), now=moment, night=NIGHT)
    assert found == (expected if isinstance(expected, Stale) else kyiv(expected))


def test_attempts_come_at_growing_distances():
    """30 seconds, doubled each time, at most half an hour."""
    now = kyiv("2026-11-25 10:00")
    waits = [(again(attempt, now=now) - now).total_seconds() for attempt in (1, 2, 3, 6, 7, 100)]
    assert waits == [30, 60, 120, 960, 1800, 1800]
    assert useful_until(Kind.PAUSED, VISIT) == VISIT
