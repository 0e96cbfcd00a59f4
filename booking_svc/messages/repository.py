"""Every SQL statement of messages."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.messages.domain import Kind, Outcome


class Planned(NamedTuple):
    """A message to be: the columns of its row."""

    id: UUID
    booking_id: UUID
    kind: Kind
    starts_at: datetime
    due_at: datetime


# A message about the same visit is never sent twice. One that was dropped may be true again: moved away and back.
ONCE = """
    ON CONFLICT (booking_id, kind, starts_at) DO UPDATE
    SET due_at = excluded.due_at, outcome = NULL, reason = NULL, ended_at = NULL WHERE known.outcome = 'dropped'
"""
PLAN = text(
    f"""
    INSERT INTO message AS known (id, booking_id, kind, starts_at, due_at, created_at)
    SELECT id, booking_id, kind, starts_at, due_at, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:bookings AS uuid[]), CAST(:kinds AS text[]),
        CAST(:starts AS timestamptz[]), CAST(:dues AS timestamptz[])) AS plan (id, booking_id, kind, starts_at, due_at)
    {ONCE}
    """  # noqa: S608 (of constants only)
)


async def plan(session: AsyncSession, messages: Sequence[Planned], *, now: datetime) -> None:
    if messages:
        names = ("ids", "bookings", "kinds", "starts", "dues")
        columns = (list(column) for column in zip(*messages, strict=True))
        await session.execute(PLAN, {"now": now, **dict(zip(names, columns, strict=True))})


PLAN_PAUSED = text(
    f"""
    INSERT INTO message AS known (id, booking_id, kind, starts_at, due_at, created_at)
    SELECT gen_random_uuid(), booking.id, 'paused', booking.starts_at, place.due_at, :now
    FROM unnest(CAST(:centres AS text[]), CAST(:days AS date[]), CAST(:dues AS timestamptz[]))
        AS place (centre, day, due_at)
    JOIN booking ON booking.centre = place.centre AND booking.visit_date = place.day
    WHERE booking.status = 'confirmed' AND booking.checked_in_at IS NULL AND booking.contact IS NOT NULL
        AND booking.starts_at > :now
    {ONCE}
    """  # noqa: S608 (of constants only)
)


class Place(NamedTuple):
    """A centre that pauses: its local day, and when its visitors may be told."""

    centre: str
    day: date
    due_at: datetime


async def plan_paused(session: AsyncSession, places: Sequence[Place], *, now: datetime) -> None:
    """To all who are to come there that day and are not there yet, in one statement: an alert stops a whole region."""
    if places:
        centres, days, dues = (list(column) for column in zip(*places, strict=True))
        await session.execute(PLAN_PAUSED, {"now": now, "centres": centres, "days": days, "dues": dues})


# Rows that another process is just taking are left to it.
LEASE = text(
    """
    UPDATE message SET due_at = :until FROM booking
    WHERE booking.id = message.booking_id AND message.id IN (
        SELECT id FROM message WHERE outcome IS NULL AND due_at <= :now
        ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
    )
    RETURNING booking.*, message.id AS message_id, message.kind, message.starts_at AS told_starts_at, message.attempts,
        EXISTS (SELECT FROM pause WHERE pause.centre = booking.centre AND pause.ended_at IS NULL) AS paused
    """
)


async def lease(session: AsyncSession, *, now: datetime, until: datetime, limit: int) -> Sequence[Row[Any]]:
    """Takes due messages for the caller alone until then: bookings, with `message_id, kind, told_starts_at, attempts`,
    and whether the centre is `paused`.
    """
    return (await session.execute(LEASE, {"now": now, "until": until, "limit": limit})).all()


END = text(
    "UPDATE message SET outcome = :outcome, reason = :reason, ended_at = :now, attempts = :attempts"
    " WHERE id = :id AND outcome IS NULL"
)
# Only by who still has it.
POSTPONE = text(
    "UPDATE message SET due_at = :due_at, reason = :reason, attempts = :attempts"
    " WHERE id = :id AND outcome IS NULL AND due_at = :lease"
)


async def end(
    session: AsyncSession, message_id: UUID, outcome: Outcome, *, reason: str | None, attempts: int, now: datetime
) -> None:
    values = {"id": message_id, "outcome": outcome, "reason": reason, "attempts": attempts, "now": now}
    await session.execute(END, values)


async def postpone(
    session: AsyncSession, message_id: UUID, due_at: datetime, *, reason: str | None, attempts: int, lease: datetime
) -> None:
    values = {"id": message_id, "due_at": due_at, "reason": reason, "attempts": attempts, "lease": lease}
    await session.execute(POSTPONE, values)


STUCK = text(
    """
    SELECT count(*) AS messages, max(reason) AS reason FROM message
    WHERE outcome IS NULL AND (attempts >= :attempts OR due_at < :due_before)
    """
)
LOST = text(
    "SELECT count(*) AS messages, max(reason) AS reason FROM message WHERE outcome = 'given_up' AND ended_at >= :since"
)


async def stuck(session: AsyncSession, *, attempts: int, due_before: datetime) -> Row[Any]:
    """How many wait longer than they should, and why the last attempt failed, if there was one."""
    return (await session.execute(STUCK, {"attempts": attempts, "due_before": due_before})).one()


async def lost(session: AsyncSession, *, since: datetime) -> Row[Any]:
    """How many were given up since then, and why an attempt failed."""
    return (await session.execute(LOST, {"since": since})).one()
