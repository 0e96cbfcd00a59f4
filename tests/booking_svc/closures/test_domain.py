"""Which times are closed, and where their bookings go."""

from datetime import UTC, datetime, timedelta

from booking_svc.closures.domain import NOTICE, holds, nearest
from booking_svc.moves.domain import Place

NOW = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)


def at(hour, minute=0, *, day=25):
    moment = datetime(2026, 11, day, hour, minute, tzinfo=UTC)
    return Place(day * 10_000 + hour * 100 + minute, moment, moment.date())


BOOKED = at(12)


def test_a_time_is_closed_from_its_first_minute_up_to_the_last():
    """Of its own queue and day only, and of each part."""
    closed = {("papers", BOOKED.day): ((0, 540), (600, 660))}
    local = BOOKED.starts_at.replace

    assert [holds(closed, "papers", local(hour=hour)) for hour in (0, 8, 9, 10, 11)] == [True, True, False, True, False]
    assert not holds(closed, "photo", local(hour=10))
    assert not holds(closed, "papers", local(hour=10) + timedelta(days=1))


def test_the_nearest_on_the_same_day_goes_before_any_other_day():
    """Before or after; of two that are as near the later one."""
    places = [at(9), at(11), at(13), at(16), at(12, day=26), at(12, day=24)]
    assert nearest(places, BOOKED, now=NOW) == [at(13), at(11), at(9), at(16), at(12, day=26), at(12, day=24)]


def test_a_later_day_goes_before_an_earlier_one():
    """Who does not hear of it comes too early, and not in vain."""
    places = [at(16, day=24), at(9, day=30), at(9, day=27)]
    assert nearest(places, BOOKED, now=NOW) == [at(9, day=27), at(9, day=30), at(16, day=24)]


def test_nobody_goes_to_a_time_that_has_begun_or_earlier_at_short_notice():
    """A later one may be near; an earlier one leaves the time to hear of it."""
    now = BOOKED.starts_at - timedelta(minutes=1)
    assert nearest([at(11), at(11, 50), BOOKED._replace(slot_id=1)], BOOKED, now=now) == []
    assert nearest([at(12, 20)], BOOKED, now=now) == [at(12, 20)]
    assert nearest([at(11)], BOOKED, now=at(11).starts_at - NOTICE) == []
    early = at(11).starts_at - NOTICE - timedelta(seconds=1)
    assert nearest([at(11)], BOOKED, now=early) == [at(11)]
    assert nearest([at(12)], at(11), now=at(12).starts_at) == []
