"""The figures of a day in the centre, made of its bookings. Pure functions on values."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID
from zoneinfo import ZoneInfo

from booking_svc.bookings.domain import AT_DESK, Status

FARTHEST = timedelta(days=366)
"""So far into the past and the future a day can be asked for."""


class Entry(NamedTuple):
    """A booking that was confirmed, without whose it is: the columns of its row, how long it was served, pauses left
    out, and the desks that called it, one for each call that was not a repetition.
    """

    id: UUID
    status: str
    centre: str
    service: str
    starts_at: datetime
    visit_date: date
    priority: str | None
    ticket_number: int
    checked_in_at: datetime | None
    desk: str | None
    called_at: datetime | None
    calls: int
    verified_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    outcome: str | None
    serving_seconds: int | None
    called_to: list[str] | None

    @property
    def here(self) -> bool:
        return self.checked_in_at is not None

    @property
    def missing_documents(self) -> None:
        """Not read: no figure needs them, and who is at a desk has none yet."""


class Line(NamedTuple):
    """Who may be called and who is still to come."""

    here: list[Entry]
    awaited: list[Entry]


@dataclass(frozen=True)
class Figures:
    """What a desk has done on a day. `called` counts visitors, one who was skipped and called again twice; the others
    are visits that ended there, `served`, `failed` and `missing_documents` by their outcome.
    """

    called: int
    served: int
    failed: int
    missing_documents: int
    refused: int
    missed: int
    finished: int
    mean_serving_seconds: int | None


class Hour(NamedTuple):
    """What falls into an hour of the wall clock: booked times, check-ins, ends of services."""

    hour: int
    booked: int
    arrived: int
    served: int


def line(entries: Iterable[Entry], services: Sequence[str]) -> Line:
    """Those of these services who are not yet called, both in the order of the entries, which is that of calls."""
    wanted = [entry for entry in entries if entry.status == Status.CONFIRMED and entry.service in services]
    awaited = sorted((entry for entry in wanted if not entry.here), key=lambda entry: (entry.starts_at, entry.id))
    return Line([entry for entry in wanted if entry.here], awaited)


def at_desks(entries: Iterable[Entry]) -> dict[str, Entry]:
    """Who is called to which desk or served there, whatever day it was booked for."""
    return {entry.desk: entry for entry in entries if entry.desk and entry.status in AT_DESK}


def figures(entries: Iterable[Entry], desk: str) -> Figures:
    entries = list(entries)
    own = [entry for entry in entries if entry.desk == desk]
    ends = Counter(entry.outcome or entry.status for entry in own)
    seconds = [entry.serving_seconds for entry in own if entry.serving_seconds is not None]
    return Figures(
        called=sum((entry.called_to or []).count(desk) for entry in entries),
        served=ends["served"],
        failed=ends["failed"],
        missing_documents=ends["missing_documents"],
        refused=ends[Status.REFUSED],
        missed=ends[Status.MISSED],
        finished=sum(entry.status == Status.FINISHED for entry in own),
        mean_serving_seconds=round(sum(seconds) / len(seconds)) if seconds else None,
    )


def counts(entries: Sequence[Entry]) -> Mapping[str, int]:
    """How many of the day's bookings stand where. `booked`: all but the cancelled; `checked_in`: of those, who came."""
    states = Counter(entry.status for entry in entries)
    kept = [entry for entry in entries if entry.status != Status.CANCELLED]
    came = [entry for entry in kept if entry.here]
    waiting = sum(entry.status == Status.CONFIRMED for entry in came)
    return {"booked": len(kept), "checked_in": len(came), "waiting": waiting} | {
        str(status): states[status]
        for status in (
            Status.CALLED,
            Status.SERVING,
            Status.FINISHED,
            Status.REFUSED,
            Status.MISSED,
            Status.CANCELLED,
        )
    }


def hours(entries: Sequence[Entry], times: Iterable[datetime], zone: ZoneInfo) -> list[Hour]:
    """From the first hour to the last in which there is a slot, at one of `times`, or something happened."""
    kept = [entry for entry in entries if entry.status != Status.CANCELLED]
    booked = _by_hour((entry.starts_at for entry in kept), zone)
    arrived = _by_hour((entry.checked_in_at for entry in kept), zone)
    served = _by_hour((entry.ended_at for entry in kept if entry.status == Status.FINISHED), zone)
    every = {*_by_hour(times, zone), *booked, *arrived, *served}
    return [
        Hour(hour, booked[hour], arrived[hour], served[hour])
        for hour in range(min(every, default=0), max(every, default=-1) + 1)
    ]


def _by_hour(moments: Iterable[Any], zone: ZoneInfo) -> Counter[int]:
    return Counter(moment.astimezone(zone).hour for moment in moments if moment)
