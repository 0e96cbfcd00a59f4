"""Which times are closed by hand, and where a booking in one goes. Pure; times of day are minutes after midnight."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from enum import StrEnum

from booking_svc.moves.domain import Place

Interval = tuple[int, int]
Closed = Mapping[tuple[str, date], tuple[Interval, ...]]
"""What is closed of a queue on a day: from each first minute up to, and not including, the second."""

NOTHING: Closed = {}
DAY_MINUTES = 24 * 60
FARTHEST = timedelta(days=366)
"""So far ahead a time can be closed."""
NOTICE = timedelta(hours=2)
"""Whose visit comes earlier than it was booked has at least so long to learn of it and to come."""


class Bookings(StrEnum):
    """What becomes of the confirmed bookings in a closed time."""

    MOVE = "move"
    CANCEL = "cancel"


def holds(closed: Closed, queue: str, local: datetime) -> bool:
    """Whether a slot of the queue that begins then, by the centre's clock, is closed by hand."""
    minute = local.hour * 60 + local.minute
    return any(first <= minute < last for first, last in closed.get((queue, local.date()), ()))


def nearest(free: Iterable[Place], booked: Place, *, now: datetime) -> list[Place]:
    """Where a booking may go, the best first: on the same day the nearest, be it before or after; else the nearest on a
    later day, because who does not hear of it comes too early and not in vain; earlier days last. Never to a time that
    has begun, nor, if it is earlier than booked, to one within `NOTICE`.
    """
    return sorted(
        (place for place in free if _possible(place, booked, now)), key=lambda place: _distance(place, booked)
    )


def _possible(place: Place, booked: Place, now: datetime) -> bool:
    return place.starts_at > (now if place.starts_at > booked.starts_at else now + NOTICE)


def _distance(place: Place, booked: Place) -> tuple[int, timedelta, bool]:
    rank = 0 if place.day == booked.day else 1 if place.day > booked.day else 2
    return rank, abs(place.starts_at - booked.starts_at), place.starts_at < booked.starts_at
