"""Every SQL statement of times that are closed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.repository import Booking
from booking_svc.closures.domain import Bookings, Closed, Interval
from booking_svc.moves.domain import Place


class Part(NamedTuple):
    """A part of a day of some queues of one centre."""

    queues: Sequence[str]
    date: date
    interval: Interval


CLOSED = text(
    """
    SELECT queue, date, lower(part) AS first, upper(part) AS last
    FROM closure CROSS JOIN unnest(minutes) AS part
    WHERE queue = ANY(CAST(:queues AS text[])) AND date BETWEEN :first AND :last ORDER BY queue, date, part
    """
)


async def closed(session: AsyncSession, queues: Sequence[str], first: date, last: date) -> Closed:
    """What is closed of these queues on these days, both included."""
    found: dict[tuple[str, date], tuple[Interval, ...]] = {}
    for row in await session.execute(CLOSED, {"queues": list(queues), "first": first, "last": last}):
        found[row.queue, row.date] = (*found.get((row.queue, row.date), ()), (row.first, row.last))
    return found


ADD = text(
    """
    INSERT INTO closure (queue, date, minutes, bookings, since, closed_by, due_at)
    SELECT queue, :date, int4multirange(int4range(:first, :last)), :bookings, :now, :by, :due_at
    FROM unnest(CAST(:queues AS text[])) AS asked (queue)
    ON CONFLICT (queue, date) DO UPDATE SET minutes = closure.minutes + excluded.minutes, bookings = excluded.bookings,
        since = excluded.since, closed_by = excluded.closed_by, due_at = excluded.due_at
    """
)


async def add(
    session: AsyncSession, part: Part, bookings: Bookings, *, by: str, now: datetime, due_at: datetime
) -> None:
    """Closes it. From `due_at` on the job takes care of the bookings."""
    await session.execute(ADD, {**_fields(part), "bookings": bookings, "by": by, "now": now, "due_at": due_at})


# A row of which nothing would be left is deleted.
DROP = text(
    """
    DELETE FROM closure
    WHERE queue = ANY(CAST(:queues AS text[])) AND date = :date AND minutes <@ int4range(:first, :last)
    """
)
SUBTRACT = text(
    """
    UPDATE closure SET minutes = minutes - int4multirange(int4range(:first, :last))
    WHERE queue = ANY(CAST(:queues AS text[])) AND date = :date AND minutes && int4range(:first, :last)
    """
)


async def subtract(session: AsyncSession, part: Part) -> None:
    """Opens it again."""
    for statement in (DROP, SUBTRACT):
        await session.execute(statement, _fields(part))


def _fields(part: Part) -> dict[str, Any]:
    first, last = part.interval
    return {"queues": list(part.queues), "date": part.date, "first": first, "last": last}


# A skipped visitor was there and is in line, whatever became of the time since.
IN_CLOSED_SLOTS = """
    FROM closure JOIN slot ON slot.queue = closure.queue AND slot.visit_date = closure.date
        AND slot.starts_at BETWEEN closure.date - interval '1 day' AND closure.date + interval '2 days'
    JOIN centre ON centre.id = slot.centre
    JOIN booking ON booking.slot_id = slot.id
    WHERE slot.scheduled = 0 AND booking.status IN ('held', 'confirmed') AND booking.skipped_at IS NULL
        AND extract(epoch FROM (slot.starts_at AT TIME ZONE centre.time_zone)::time)::int / 60 <@ closure.minutes
"""
LEFT = text(
    f"""
    SELECT booking.id {IN_CLOSED_SLOTS} AND closure.queue = ANY(CAST(:queues AS text[])) AND closure.date = :date
    ORDER BY (booking.status = 'confirmed'), booking.starts_at, booking.id LIMIT :limit
    """
)
TAKE = text(
    f"""
    SELECT booking.*, slot.queue, closure.bookings {IN_CLOSED_SLOTS} AND booking.id = :id FOR UPDATE OF booking
    """
)


async def left(session: AsyncSession, queues: Sequence[str], day: date, *, limit: int) -> list[UUID]:
    """Bookings in closed slots of that day, holds first, then in the order of their times."""
    fields = {"queues": list(queues), "date": day, "limit": limit}
    return list((await session.execute(LEFT, fields)).scalars())


async def take_for_update(session: AsyncSession, booking_id: UUID) -> Booking | None:
    """The booking with the `queue` of its slot and what is to become of it (`bookings`), if it is still in a closed
    slot and not yet called.
    """
    return (await session.execute(TAKE, {"id": booking_id})).one_or_none()


FREE = text(
    """
    SELECT id, starts_at, visit_date FROM slot
    WHERE queue = :queue AND starts_at > :now AND scheduled > 0 AND taken < capacity AND visit_date <= :until
    """
)


async def free(session: AsyncSession, queue: str, *, until: date, now: datetime) -> list[Place]:
    """The queue's coming times with a free place, up to that day."""
    rows = await session.execute(FREE, {"queue": queue, "until": until, "now": now})
    return [Place(row.id, row.starts_at, row.visit_date) for row in rows]


SETTLED = text(
    "UPDATE closure SET due_at = NULL WHERE queue = ANY(CAST(:queues AS text[])) AND date = :date AND since <= :since"
)


async def settled(session: AsyncSession, queues: Sequence[str], day: date, *, since: datetime) -> None:
    """No booking is left in what was closed up to then."""
    await session.execute(SETTLED, {"queues": list(queues), "date": day, "since": since})


POSTPONE = text(
    "UPDATE closure SET due_at = :until WHERE queue = ANY(CAST(:queues AS text[])) AND date = :date"
    " AND due_at IS NOT NULL"
)


async def postpone(session: AsyncSession, queues: Sequence[str], day: date, *, until: datetime) -> None:
    """The job goes on with what is left then."""
    await session.execute(POSTPONE, {"queues": list(queues), "date": day, "until": until})


DUE = text(
    """
    UPDATE closure SET due_at = :until WHERE (queue, date) IN (
        SELECT queue, date FROM closure WHERE due_at <= :now ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING queue, date, since
    """
)


async def due(session: AsyncSession, *, now: datetime, until: datetime, limit: int) -> Sequence[Row[Any]]:
    """Closures whose bookings nobody has come to the end with, `queue, date, since`; taken until then."""
    return (await session.execute(DUE, {"now": now, "until": until, "limit": limit})).all()


UNSEEN = text(
    f"""
    SELECT booking.id, closure.due_at {IN_CLOSED_SLOTS} AND (closure.due_at IS NULL OR closure.due_at < :before)
        AND closure.date >= :since
    ORDER BY booking.id LIMIT 20
    """
)


async def unseen(session: AsyncSession, *, since: date, before: datetime) -> Sequence[Row[Any]]:
    """Bookings of these days in closed slots that nobody cares for, or nobody has since `before`."""
    return (await session.execute(UNSEEN, {"since": since, "before": before})).all()
