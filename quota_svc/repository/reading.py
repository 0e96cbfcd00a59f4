"""What an applicant has used, and what `doctor` compares."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Channel, Period, State


class Used(NamedTuple):
    """What counts in one period of one channel."""

    used: int
    booking_ids: Sequence[UUID]


async def used(
    session: AsyncSession, keys: Sequence[str], organisation: str, kind: str, *, since: date
) -> dict[tuple[Channel, Period, date], Used]:
    """What counts under any of the applicant's keys, in periods that start at `since` or later."""
    fields = {"keys": list(keys), "organisation": organisation, "kind": kind, "since": since}
    rows = await session.execute(USED, fields)
    return {
        (Channel(row.channel), Period(row.period), row.period_start): Used(row.used, row.booking_ids) for row in rows
    }


async def differing_usage(session: AsyncSession) -> Sequence[Row[Any]]:
    """Usage rows that are not the sum of their ledger, or not the number of their reservations that count."""
    return (await session.execute(DIFFERING_USAGE)).all()


async def unlimited(session: AsyncSession, *, today: date) -> Sequence[Row[Any]]:
    """Organisations with policies or bookings, and what of them is not limited from today on."""
    return (await session.execute(UNLIMITED, {"today": today})).all()


async def overdue(session: AsyncSession, *, before: datetime) -> int:
    """How many reservations should have been resolved before."""
    return int((await session.scalar(OVERDUE, {"before": before})) or 0)


async def breaches(session: AsyncSession) -> Sequence[Row[Any]]:
    return (await session.execute(BREACHES)).all()


async def newest(session: AsyncSession, *, before: datetime, at_most: int) -> dict[UUID, State]:
    """The states of the newest reservations that have not changed since `before`."""
    rows = await session.execute(NEWEST, {"before": before, "at_most": at_most})
    return {row.booking_id: State(row.state) for row in rows}


async def unchanged(session: AsyncSession, booking_ids: Sequence[UUID], *, before: datetime) -> dict[UUID, State]:
    """The states of those of these reservations that have not changed since `before`."""
    rows = await session.execute(UNCHANGED, {"booking_ids": list(booking_ids), "before": before})
    return {row.booking_id: State(row.state) for row in rows}


USED = text("""
SELECT channel, period, period_start, CAST(count(*) AS integer) AS used,
    array_agg(booking_id ORDER BY visit_date, booking_id) AS booking_ids
FROM reservation
WHERE applicant_key = ANY (CAST(:keys AS text[])) AND organisation = :organisation AND kind = :kind
    AND period_start >= :since AND state <> 'released'
GROUP BY channel, period, period_start
""")

DIFFERING_USAGE = text("""
SELECT organisation, kind, channel, period, period_start, coalesce(u.used, 0) AS used,
    coalesce(l.entries, 0) AS entries, coalesce(r.reservations, 0) AS reservations
FROM usage u
FULL JOIN (
    SELECT applicant_key, organisation, kind, channel, period, period_start, sum(delta) AS entries
    FROM ledger GROUP BY applicant_key, organisation, kind, channel, period, period_start
) AS l USING (applicant_key, organisation, kind, channel, period, period_start)
FULL JOIN (
    SELECT applicant_key, organisation, kind, channel, period, period_start, count(*) AS reservations
    FROM reservation WHERE state <> 'released'
    GROUP BY applicant_key, organisation, kind, channel, period, period_start
) AS r USING (applicant_key, organisation, kind, channel, period, period_start)
WHERE coalesce(u.used, 0) <> coalesce(l.entries, 0) OR coalesce(u.used, 0) <> coalesce(r.reservations, 0)
ORDER BY organisation, kind, channel, period, period_start
LIMIT 20
""")

UNLIMITED = text("""
WITH wanted AS (
    SELECT DISTINCT o.code, pair.kind, pair.channel
    FROM organisation o
    JOIN policy p ON p.organisation = o.code
    CROSS JOIN (VALUES ('individual', 'online'), ('individual', 'terminal'), ('legal_entity', 'online'),
        ('legal_entity', 'terminal')) AS pair (kind, channel)
    WHERE o.active
    UNION
    SELECT organisation, kind, channel FROM reservation WHERE state <> 'released' AND visit_date >= :today
)
SELECT code AS organisation, string_agg(kind || ' ' || channel, ', ' ORDER BY kind, channel) AS what
FROM wanted
WHERE NOT EXISTS (
    SELECT FROM policy p
    WHERE p.organisation = code AND p.kind = wanted.kind AND p.channel = wanted.channel
        AND p.valid_from <= :today AND (p.valid_to IS NULL OR :today <= p.valid_to)
)
GROUP BY code ORDER BY code
""")

OVERDUE = text("SELECT count(*) FROM reservation WHERE state = 'reserved' AND expires_at <= :before")

BREACHES = text("SELECT booking_id, breach FROM reservation WHERE breach IS NOT NULL ORDER BY booking_id LIMIT 20")

NEWEST = text("""
SELECT booking_id, state FROM (
    SELECT booking_id, state, changed_at FROM reservation ORDER BY booking_id DESC LIMIT :at_most
) AS newest WHERE changed_at <= :before
""")

UNCHANGED = text("""
SELECT booking_id, state FROM reservation
WHERE booking_id = ANY (CAST(:booking_ids AS uuid[])) AND changed_at <= :before
""")
