"""Which times can be booked: the window of days, and the slots of a day. Pure; time is a parameter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Intervals = tuple[tuple[int, int], ...]
"""When a centre is open on a day, in minutes after local midnight."""

DAY = timedelta(days=1)


def today(now: datetime, zone: ZoneInfo) -> date:
    return now.astimezone(zone).date()


def opens_until(now: datetime, zone: ZoneInfo, *, window_days: int, opens_at: time) -> date:
    """The farthest day that can be booked, both it and today included.

    With 21 days and 06:00: on 20 August from 06:00 local time it is 9 September, before 06:00 8 September
    (domain.md §2).
    """
    local = now.astimezone(zone)
    opened = local.time() >= opens_at
    return local.date() + timedelta(days=window_days - (1 if opened else 2))


def next_opening(now: datetime, zone: ZoneInfo, *, opens_at: time) -> datetime:
    """The next instant at which `opens_until` gives another day."""
    local = now.astimezone(zone)
    day = local.date() if local.time() < opens_at else local.date() + DAY
    return instant(day, opens_at.hour * 60 + opens_at.minute, zone)


@lru_cache(maxsize=16384)
def slots_of(day: date, hours: Intervals, slot_minutes: int, zone: ZoneInfo) -> tuple[datetime, ...]:
    """When the slots of that local day begin, in UTC and in order.

    Each begins a whole number of steps after its opening by the wall clock, ends by the closing, and none begins
    before the one before it has ended. On daylight-saving days the hour that does not exist has no slots and
    the repeated hour has them once.
    """
    length = timedelta(minutes=slot_minutes)
    free_from = datetime.min.replace(tzinfo=UTC)
    starts = []
    for start, closing in candidates(day, hours, slot_minutes, zone):
        if start >= free_from and start + length <= closing:
            starts.append(start)
            free_from = start + length
    return tuple(starts)


def candidates(day: date, hours: Intervals, slot_minutes: int, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
    """The wall-clock steps that exist on this day, each with its closing, in UTC."""
    for opening, closing in hours:
        end = instant(day, closing, zone)
        for minute in range(opening, closing, slot_minutes):
            start = instant(day, minute, zone)
            if wall_clock(start, zone) == midnight(day) + timedelta(minutes=minute):
                yield start, end


def instant(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When the clocks of the zone show so many minutes after midnight: the first time if they do so twice; if they
    never do, the instant at which they skip it.
    """
    local = midnight(day) + timedelta(minutes=minute)
    before = local.replace(tzinfo=zone, fold=0).astimezone(UTC)
    after = local.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return before if before <= after else transition(after, before, zone)


def transition(low: datetime, high: datetime, zone: ZoneInfo) -> datetime:
    """The instant between the two, to the minute, at which the zone's offset changes."""
    offset = low.astimezone(zone).utcoffset()
    while high - low > timedelta(minutes=1):
        middle = low + timedelta(minutes=(high - low) // timedelta(minutes=2))
        low, high = (middle, high) if middle.astimezone(zone).utcoffset() == offset else (low, middle)
    return high


def wall_clock(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)


def midnight(day: date) -> datetime:
    """The beginning of the day on a wall clock, without a zone."""
    return datetime.combine(day, time.min)
