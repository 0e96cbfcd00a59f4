"""What becomes of reservations: lock them, let the domain decide, store what changed. Whole packs at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Change, Reservation, State


async def lock(session: AsyncSession, booking_ids: Iterable[UUID]) -> dict[UUID, Reservation]:
    """The reservations of these bookings, for update; those that do not exist are left out."""
    rows = await session.execute(LOCK, {"booking_ids": list(booking_ids)})
    return {
        row.booking_id: Reservation(
            booking_id=row.booking_id,
            state=State(row.state),
            attempts=frozenset(row.attempts),
            cancelled_counts=row.cancelled_counts,
            released_because=Change(row.released_because) if row.released_because else None,
        )
        for row in rows
    }


async def store(session: AsyncSession, changed: Sequence[Reservation], *, now: datetime) -> None:
    """Stores reservations that `lock` gave and the domain changed; the released ones leave usage and ledger."""
    if not changed:
        return
    fields = {
        "booking_ids": [reservation.booking_id for reservation in changed],
        "states": [reservation.state for reservation in changed],
        # arrays of unequal length are no array in SQL
        "attempts": [",".join(map(str, reservation.attempts)) for reservation in changed],
        "reasons": [reservation.released_because for reservation in changed],
        "now": now,
    }
    await session.execute(STORE, fields)


async def mark_breach(session: AsyncSession, booking_ids: Collection[UUID], what: str) -> None:
    """Remembers what must never be, for `doctor`."""
    await session.execute(MARK_BREACH, {"booking_ids": list(booking_ids), "what": what})


async def due(session: AsyncSession, *, before: datetime, at_most: int) -> list[UUID]:
    """Bookings whose reservations are past their time, the longest waiting first."""
    rows = await session.execute(DUE, {"before": before, "at_most": at_most})
    return list(rows.scalars())


async def ask_again(session: AsyncSession, booking_ids: Collection[UUID], *, at: datetime) -> None:
    """booking_svc still holds these bookings: the next question is at `at`."""
    await session.execute(ASK_AGAIN, {"booking_ids": list(booking_ids), "at": at})


LOCK = text("""
SELECT booking_id, state, attempts, cancelled_counts, released_because
FROM reservation WHERE booking_id = ANY (CAST(:booking_ids AS uuid[]))
ORDER BY booking_id FOR UPDATE
""")

# The rows are locked already, by an earlier statement: this one's snapshot is newer and sees where they count now.
STORE = text("""
WITH changed AS (
    UPDATE reservation r SET
        state = new.state,
        attempts = CAST(string_to_array(new.attempts, ',') AS uuid[]),
        released_because = new.released_because,
        changed_at = :now
    FROM unnest(CAST(:booking_ids AS uuid[]), CAST(:states AS text[]), CAST(:attempts AS text[]),
        CAST(:reasons AS text[])) AS new (booking_id, state, attempts, released_because)
    WHERE r.booking_id = new.booking_id
    RETURNING r.*
),
freed AS (
    SELECT * FROM changed WHERE state = 'released'
),
fewer AS (
    SELECT applicant_key, organisation, kind, channel, period, period_start, count(*) AS freed
    FROM freed GROUP BY applicant_key, organisation, kind, channel, period, period_start
),
counter AS (
    SELECT applicant_key, organisation, kind, channel, period, period_start, f.freed
    FROM usage u JOIN fewer f USING (applicant_key, organisation, kind, channel, period, period_start)
    ORDER BY applicant_key, organisation, kind, channel, period, period_start
    FOR UPDATE OF u
),
counted AS (
    UPDATE usage u SET used = u.used - c.freed
    FROM counter c
    WHERE (u.applicant_key, u.organisation, u.kind, u.channel, u.period, u.period_start)
        = (c.applicant_key, c.organisation, c.kind, c.channel, c.period, c.period_start)
)
INSERT INTO ledger (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
SELECT booking_id, applicant_key, organisation, kind, channel, period, period_start, -1, released_because, :now
FROM freed
""")

MARK_BREACH = text("""
UPDATE reservation SET breach = :what WHERE booking_id = ANY (CAST(:booking_ids AS uuid[]))
""")

DUE = text("""
SELECT booking_id FROM reservation WHERE state = 'reserved' AND ask_at <= :before ORDER BY ask_at LIMIT :at_most
""")

ASK_AGAIN = text("""
UPDATE reservation SET ask_at = :at WHERE booking_id = ANY (CAST(:booking_ids AS uuid[])) AND state = 'reserved'
""")
