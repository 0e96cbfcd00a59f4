"""Every SQL statement of retention."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

# The condition of the index ix_booking_to_erase. A hold that ran out has names, too.
OVER = "erased_at IS NULL AND status IN ('finished', 'refused', 'missed', 'cancelled', 'expired')"
COUNT = text(
    f"""
    SELECT count(*) FILTER (WHERE {OVER}) AS due,
        count(*) FILTER (WHERE status IN ('held', 'confirmed', 'called', 'serving')) AS unfinished
    FROM booking WHERE organisation = :organisation AND visit_date < :kept_since AND erased_at IS NULL
    """  # noqa: S608 (a constant)
)
REMAINING = text(
    f"SELECT count(*) FROM booking WHERE organisation = :organisation AND visit_date < :kept_since AND {OVER}"  # noqa: S608 (a constant)
)
# The account that booked online names a person as well; that of staff stays, as in the audit.
ERASE = text(
    f"""
    WITH old AS (
        SELECT id FROM booking WHERE organisation = :organisation AND visit_date < :kept_since AND {OVER}
        ORDER BY visit_date LIMIT :limit FOR UPDATE SKIP LOCKED
    ), told AS (
        DELETE FROM message USING old WHERE message.booking_id = old.id
    )
    UPDATE booking SET names = NULL, contact = NULL, language = NULL, erased_at = :now,
        created_by = CASE WHEN channel = 'online' THEN '' ELSE created_by END
    FROM old WHERE booking.id = old.id
    """  # noqa: S608 (a constant)
)


async def count(session: AsyncSession, organisation: str, *, kept_since: date) -> Row[Any]:
    """How many bookings are `due`, and how many of that age are `unfinished`: nobody said how they ended."""
    return (await session.execute(COUNT, {"organisation": organisation, "kept_since": kept_since})).one()


async def remaining(session: AsyncSession, organisation: str, *, kept_since: date) -> int:
    values = {"organisation": organisation, "kept_since": kept_since}
    number: int = (await session.execute(REMAINING, values)).scalar_one()
    return number


async def erase(session: AsyncSession, organisation: str, *, kept_since: date, limit: int, now: datetime) -> int:
    """Erases the oldest; gives how many."""
    values = {"organisation": organisation, "kept_since": kept_since, "limit": limit, "now": now}
    done: Any = await session.execute(ERASE, values)
    erased: int = done.rowcount
    return erased
