"""How long one waits, and when a board is another one. Pure; time is a parameter.

The wait of a visit is what the ledger of periods says: from the booked time, or the check-in if that was later, to the
call, without pauses. The estimate for an hour is what visitors of the same queue waited who began to wait in that hour
on the same weekday of the last eight weeks [D].
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

WEEKS = 8
LEAST_VISITS = 10
"""With fewer, half of the visitors and nine tenths of them say nothing: no estimate."""
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True)
class Wait:
    """Half of the visitors wait no longer than `p50_seconds`, nine tenths no longer than `p90_seconds`."""

    p50_seconds: int
    p90_seconds: int
    visits: int


Hours = Mapping[int, Wait]
"""The waits of a queue on one day, by the hour of the wall clock in which the waiting begins."""


def past_days(day: date) -> list[date]:
    """The days that an estimate for this day is made of, without the day itself."""
    return [day - timedelta(weeks=weeks) for weeks in range(1, WEEKS + 1)]


def hour_of(now: datetime, zone: ZoneInfo) -> datetime:
    """When the present hour of the wall clock began."""
    local = now.astimezone(zone)
    return now - timedelta(minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def holds_until(now: datetime, zone: ZoneInfo) -> datetime:
    """The next full hour: another hour has other waits, another day another line."""
    return hour_of(now, zone) + HOUR


def wait_at(hours: Hours, moment: datetime, zone: ZoneInfo) -> Wait | None:
    """The estimate for one whose waiting begins then."""
    return hours.get(moment.astimezone(zone).hour)
