"""Every SQL statement of visits; a visit is a row of `booking`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.domain import AT_DESK, Status
from booking_svc.bookings.models import booking
from booking_svc.bookings.repository import Booking
from booking_svc.pauses import repository as pauses
from booking_svc.pauses.repository import standstill, touching


class Call(NamedTuple):
    """A desk wants its next visitor."""

    call_id: UUID
    desk: str
    centre: str
    day: date
    services: Sequence[str]


# The next in line, in one statement: who is locked by another desk's call is passed over, who was called meanwhile is
# no longer `confirmed` when the lock is had. Priority first, then the place in line (domain.md §2).
CALL = text(
    f"""
    WITH next AS (
        SELECT id FROM booking
        WHERE centre = :centre AND visit_date = :day AND service = ANY(CAST(:services AS text[]))
            AND status = 'confirmed' AND checked_in_at IS NOT NULL
        ORDER BY (priority IS NULL), line_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
    ), called AS (
        UPDATE booking SET status = 'called', desk = :desk, called_at = :now, calls = 1, call_id = :call_id
        FROM next WHERE booking.id = next.id
        RETURNING booking.*, least(:now, greatest(checked_in_at, line_at)) AS begun_at
    ), waited AS (
        INSERT INTO visit_period
            (booking_id, kind, started_at, ended_at, paused_seconds, centre, queue, desk, visit_date)
        SELECT booking.id, 'waiting', begun_at, :now, {standstill("begun_at", ":now")}, booking.centre, slot.queue,
            desk, booking.visit_date
        FROM called AS booking JOIN slot ON slot.id = slot_id
        RETURNING started_at, ended_at, paused_seconds
    )
    SELECT called.*, extract(epoch FROM waited.ended_at - waited.started_at)::int - paused_seconds AS waiting_seconds
    FROM called, waited
    """  # noqa: S608 (of constants only)
)


async def call_next(session: AsyncSession, call: Call, *, now: datetime) -> Booking | None:
    """The visitor who is called now, with `waiting_seconds`; none when nobody waits for these services."""
    fields = {**call._asdict(), "services": list(call.services), "now": now}
    return (await session.execute(CALL, fields)).one_or_none()


async def following(session: AsyncSession, found: Booking) -> datetime | None:
    """The place of the next who waits for the same service, with priority as this visitor has it or not."""
    statement = (
        select(booking.c.line_at)
        .where(
            booking.c.centre == found.centre,
            booking.c.visit_date == found.visit_date,
            booking.c.service == found.service,
            booking.c.priority.is_(None) == (found.priority is None),
            booking.c.status == Status.CONFIRMED,
            booking.c.checked_in_at.is_not(None),
        )
        .order_by(booking.c.line_at, booking.c.id)
        .limit(1)
    )
    place: datetime | None = (await session.execute(statement)).scalar_one_or_none()
    return place


async def at_desk(session: AsyncSession, desk: str) -> Booking | None:
    """Who is called to the desk or served there."""
    statement = select(booking).where(booking.c.desk == desk, booking.c.status.in_(AT_DESK))
    return (await session.execute(statement)).one_or_none()


LOCK_DESK = text("SELECT pg_advisory_xact_lock(hashtext('vizyt.desk'), hashtext(:desk))")


async def lock_desk(session: AsyncSession, desk: str) -> None:
    """One call at a time from one desk: a second press would lock visitors that it cannot have, and another desk
    would pass them over.
    """
    await session.execute(LOCK_DESK, {"desk": desk})


CALLED_BEFORE = text("SELECT booking_id FROM visit_period WHERE call_id = :call_id")


async def called_by(session: AsyncSession, call_id: UUID) -> Booking | None:
    """The visit that a request called, however far it has come since."""
    statement = select(booking).where(booking.c.call_id == call_id)
    if found := (await session.execute(statement)).one_or_none():
        return found
    booking_id = (await session.execute(CALLED_BEFORE, {"call_id": call_id})).scalar_one_or_none()
    statement = select(booking).where(booking.c.id == booking_id)
    return (await session.execute(statement)).one_or_none()


async def by_ticket_for_update(
    session: AsyncSession, *, centre: str, day: date, number: int, priority: bool
) -> Booking | None:
    """The two sequences of numbers are apart: ordinary and priority."""
    statement = select(booking).where(
        booking.c.centre == centre,
        booking.c.visit_date == day,
        booking.c.priority.is_not(None) == priority,
        booking.c.ticket_number == number,
    )
    return (await session.execute(statement.with_for_update())).one_or_none()


async def store(session: AsyncSession, visit_id: UUID, **values: Any) -> Booking:
    statement = update(booking).where(booking.c.id == visit_id).values(**values).returning(booking)
    stored: Booking = (await session.execute(statement)).one()
    return stored


CLOSE_PERIOD = text(
    f"""
    INSERT INTO visit_period
        (booking_id, kind, started_at, ended_at, paused_seconds, centre, queue, desk, visit_date, call_id)
    SELECT booking.id, :kind, begun_at, over_at, {standstill("begun_at", "over_at")}, booking.centre, slot.queue, desk,
        booking.visit_date, CAST(:call_id AS uuid)
    FROM booking JOIN slot ON slot.id = slot_id CROSS JOIN (
        SELECT least(CAST(:begun_at AS timestamptz), :now) AS begun_at, CAST(:now AS timestamptz) AS over_at
    ) AS period
    WHERE booking.id = :id
    """  # noqa: S608 (of constants only)
)


async def close_call(session: AsyncSession, found: Booking, *, now: datetime) -> None:
    """The period from the call to whatever ended it; before the row forgets its desk."""
    fields = {"id": found.id, "kind": "called", "begun_at": found.called_at, "call_id": found.call_id}
    await session.execute(CLOSE_PERIOD, {**fields, "now": now})


async def close_service(session: AsyncSession, found: Booking, *, now: datetime) -> None:
    """The period from the start to the finish."""
    fields = {"id": found.id, "kind": "serving", "begun_at": found.started_at, "call_id": None}
    await session.execute(CLOSE_PERIOD, {**fields, "now": now})


SECONDS = text(
    """
    SELECT kind, sum(extract(epoch FROM ended_at - started_at) - paused_seconds)::int AS seconds
    FROM visit_period WHERE booking_id = :id GROUP BY kind
    """
)


async def seconds_of(session: AsyncSession, visit_id: UUID) -> dict[str, int]:
    """How long the visit waited, was called and was served; pauses are left out."""
    return {row.kind: row.seconds for row in await session.execute(SECONDS, {"id": visit_id})}


# Nobody becomes a no-show while the centre is paused, nor later for a time of which a pause took something, nor for one
# that the centre gave up, or chose without asking.
LAST_CHANCE = "starts_at + make_interval(mins => grace_minutes)"
DUE = f"""
    status = 'confirmed' AND checked_in_at IS NULL AND starts_at < :now AND {LAST_CHANCE} < :now
    AND displaced_at IS NULL
    AND NOT EXISTS (SELECT FROM pause WHERE pause.centre = booking.centre AND ended_at IS NULL)
    AND NOT {touching(LAST_CHANCE)}
    AND EXISTS (SELECT FROM slot WHERE slot.id = booking.slot_id AND scheduled > 0)
"""  # noqa: S608 (of constants only)
NO_SHOWS = text(
    f"""
    UPDATE booking SET status = 'missed', ended_at = :now, cooldown_until = NULL
    WHERE id IN (
        SELECT booking.id FROM booking JOIN organisation ON organisation.code = booking.organisation
        WHERE {DUE}
        ORDER BY starts_at LIMIT :limit FOR UPDATE OF booking SKIP LOCKED
    )
    RETURNING *
    """  # noqa: S608 (of constants only)
)


async def mark_no_shows(session: AsyncSession, *, now: datetime, limit: int) -> Sequence[Booking]:
    """Marks those who never checked in by the grace of their organisation; no pause may begin meanwhile."""
    await pauses.share(session)
    return (await session.execute(NO_SHOWS, {"now": now, "limit": limit})).all()


OVERDUE = text(
    f"SELECT count(*) FROM booking JOIN organisation ON organisation.code = booking.organisation WHERE {DUE}"  # noqa: S608
)
UNTOLD = text(
    """
    SELECT id, status FROM booking
    WHERE (status IN ('finished', 'refused') OR status = 'missed' AND desk IS NOT NULL)
        AND (SELECT count(DISTINCT kind) FROM visit_period WHERE booking_id = booking.id)
            < CASE status WHEN 'finished' THEN 3 ELSE 2 END
    ORDER BY id LIMIT 20
    """
)


async def overdue(session: AsyncSession, *, before: datetime) -> int:
    number: int = (await session.execute(OVERDUE, {"now": before})).scalar_one()
    return number


async def without_periods(session: AsyncSession) -> Sequence[Booking]:
    """Visits that are over at a desk and lack a period of the ledger."""
    return (await session.execute(UNTOLD)).all()
