"""Reserving: one statement for a whole batch of claims, committed by itself (design.md §3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

import asyncpg

from quota_svc.domain import Period
from services.contracts.quota import Claim
from services.db import Db

FASTER = (asyncpg.NotNullViolationError, asyncpg.DeadlockDetectedError)
"""A twin of the same booking id (see `RESERVE`), or two statements that wait for each other."""


class Row(NamedTuple):
    """What became of a claim: `granted`, `refused`, `blocked`, or `again` when another transaction changed it
    meanwhile.
    """

    place: int
    outcome: str
    applicant_key: str
    period: Period
    period_start: date
    limit: int | None
    used: int
    time_zone: str | None
    block_id: UUID | None


class Counting(NamedTuple):
    """What a refused claim was refused for."""

    used: int
    booking_ids: Sequence[UUID]


async def reserve(db: Db, claims: Sequence[Claim], *, keys: Sequence[str], now: datetime) -> list[Row]:
    """Decides the claims, each of another applicant; `keys`: what each is counted under. In the claims' order.

    Empty when nothing was decided or counted, because another transaction was faster: to be run again.
    """
    try:
        rows = await db.hot(RESERVE, *columns(claims, keys), now)
    except FASTER:
        return []
    return [Row(row[0], row[1], row[2], Period(row[3]), *row[4:9]) for row in rows]


async def explain(db: Db, claims: Sequence[Claim], refused: Sequence[Row]) -> list[Counting]:
    """What counts in the periods of the refused rows, in their order."""
    rows = await db.hot(
        EXPLAIN,
        [row.applicant_key for row in refused],
        [claims[row.place].organisation for row in refused],
        [claims[row.place].kind for row in refused],
        [claims[row.place].channel for row in refused],
        [row.period for row in refused],
        [row.period_start for row in refused],
    )
    return [Counting(*row) for row in rows]


async def keys_in_use(db: Db, claims: Sequence[Claim]) -> list[str]:
    """The key that each claim is counted under: the newest, unless an older one is blocked, or counted already in its
    period.
    """
    rotated = [(claim, key) for claim in claims if len(claim.keys) > 1 for key in claim.keys]
    if not rotated:
        return [claim.keys[0] for claim in claims]
    rows = await db.hot(KEYS_IN_USE, *columns([claim for claim, _ in rotated], [key for _, key in rotated]))
    in_use = {row["booking_id"]: row["applicant_key"] for row in rows}
    return [in_use.get(claim.booking_id, claim.keys[0]) for claim in claims]


def columns(claims: Sequence[Claim], keys: Sequence[str]) -> tuple[list[object], ...]:
    return (
        [claim.booking_id for claim in claims],
        [claim.attempt for claim in claims],
        [claim.organisation for claim in claims],
        [claim.kind for claim in claims],
        [claim.channel for claim in claims],
        list(keys),
        [claim.visit_date for claim in claims],
        [claim.expires_at for claim in claims],
    )


# The policy of the visit date, and the period that it counts in. Policies are few and change at once for every
# process, so they are joined and not kept in memory. A block closes online booking only.
CLAIM = """
claim AS MATERIALIZED (
    SELECT asked.*, p.id AS policy_id, p.max_bookings, o.time_zone, b.id AS block_id,
        coalesce(p.cancelled_counts, false) AS cancelled_counts,
        coalesce(p.period, 'month') AS period,
        date_trunc(coalesce(p.period, 'month'), asked.visit_date::timestamp)::date AS period_start
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::date[], $8::timestamptz[])
        WITH ORDINALITY
        AS asked (booking_id, attempt, organisation, kind, channel, applicant_key, visit_date, expires_at, place)
    LEFT JOIN policy p ON p.organisation = asked.organisation AND p.kind = asked.kind AND p.channel = asked.channel
        AND p.valid_from <= asked.visit_date AND (p.valid_to IS NULL OR asked.visit_date <= p.valid_to)
    LEFT JOIN organisation o ON o.code = asked.organisation
    LEFT JOIN LATERAL (
        SELECT id FROM block
        WHERE applicant_key = asked.applicant_key AND organisation = asked.organisation AND ended_at IS NULL OFFSET 0
    ) AS b ON asked.kind = 'individual' AND asked.channel = 'online'
)"""

# `known`    a booking that counts already is granted again: to this attempt as well, and for as long as it needs.
#            So is one that was made before its applicant was blocked.
#            `OFFSET 0` here and `|| ''` below keep PostgreSQL from reading a partial index whole: a plan made while the
#            table is young would, and a generic plan lives on until the table is analyzed.
# `renewed`  comes before the first usage row is locked, since `fresh` reads it: see the order of locks.
# `counted`  one more in the usage row, only while it is below the limit; sorted, so that batches do not deadlock.
# `reserved` comes after the count: when a twin (the same booking id in another process) was faster, `attempts` becomes
#            null, which the table refuses, and the whole statement is undone, the count included.
RESERVE = f"""
WITH {CLAIM},
known AS (
    SELECT c.place, r.booking_id, r.state, r.applicant_key, r.period, r.period_start, u.used
    FROM claim c
    CROSS JOIN LATERAL (SELECT * FROM reservation WHERE booking_id = c.booking_id OFFSET 0) AS r
    JOIN usage u ON (u.applicant_key, u.organisation, u.kind, u.channel, u.period, u.period_start)
        = (r.applicant_key, r.organisation, r.kind, r.channel, r.period, r.period_start)
    WHERE r.state <> 'released'
),
renewed AS (
    UPDATE reservation r SET
        attempts = CASE WHEN c.attempt = ANY (r.attempts) THEN r.attempts ELSE r.attempts || c.attempt END,
        expires_at = greatest(r.expires_at, c.expires_at),
        ask_at = greatest(r.ask_at, c.expires_at),
        changed_at = $9
    FROM known k JOIN claim c ON c.place = k.place
    WHERE k.state = 'reserved' AND r.booking_id = k.booking_id AND r.state || '' = 'reserved'
    RETURNING r.booking_id
),
fresh AS (
    SELECT c.* FROM claim c
    WHERE NOT EXISTS (SELECT FROM known k WHERE k.place = c.place)
        AND NOT EXISTS (SELECT FROM renewed n WHERE n.booking_id = c.booking_id)
        AND c.block_id IS NULL
),
counted AS (
    INSERT INTO usage AS u
        (applicant_key, organisation, kind, channel, period, period_start, used, granted_limit)
    SELECT applicant_key, organisation, kind, channel, period, period_start, 1, max_bookings
    FROM fresh
    WHERE max_bookings IS NULL OR max_bookings > 0
    ORDER BY applicant_key, organisation, kind, channel, period, period_start
    ON CONFLICT (applicant_key, organisation, kind, channel, period, period_start) DO UPDATE
        SET used = u.used + 1, granted_limit = excluded.granted_limit
        WHERE excluded.granted_limit IS NULL OR u.used < excluded.granted_limit
    RETURNING applicant_key, organisation, kind, channel, period, period_start, used
),
granted AS (
    SELECT f.*, u.used
    FROM fresh f JOIN counted u USING (applicant_key, organisation, kind, channel, period, period_start)
),
reserved AS (
    INSERT INTO reservation AS r
        (booking_id, attempts, applicant_key, organisation, kind, channel, period, period_start, visit_date,
         policy_id, cancelled_counts, state, expires_at, ask_at, created_at, changed_at)
    SELECT booking_id, ARRAY[attempt], applicant_key, organisation, kind, channel, period, period_start, visit_date,
        policy_id, cancelled_counts, 'reserved', expires_at, expires_at, $9, $9
    FROM granted
    ON CONFLICT (booking_id) DO UPDATE SET
        attempts = CASE WHEN r.state = 'released' THEN excluded.attempts END,
        applicant_key = excluded.applicant_key, organisation = excluded.organisation, kind = excluded.kind,
        channel = excluded.channel, period = excluded.period, period_start = excluded.period_start,
        visit_date = excluded.visit_date, policy_id = excluded.policy_id,
        cancelled_counts = excluded.cancelled_counts, state = 'reserved', released_because = NULL,
        expires_at = excluded.expires_at, ask_at = excluded.ask_at, changed_at = excluded.changed_at
),
written AS (
    INSERT INTO ledger
        (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
    SELECT booking_id, applicant_key, organisation, kind, channel, period, period_start, 1, 'reserved', $9
    FROM granted
)
SELECT c.place - 1,
    CASE
        WHEN k.place IS NULL AND c.block_id IS NOT NULL THEN 'blocked'
        WHEN k.place IS NULL AND g.place IS NULL THEN 'refused'
        WHEN k.state = 'reserved' AND n.booking_id IS NULL THEN 'again'
        ELSE 'granted'
    END,
    coalesce(k.applicant_key, c.applicant_key), coalesce(k.period, c.period),
    coalesce(k.period_start, c.period_start), c.max_bookings, coalesce(k.used, g.used, 0), c.time_zone,
    c.block_id
FROM claim c
LEFT JOIN known k ON k.place = c.place
LEFT JOIN granted g ON g.place = c.place
LEFT JOIN renewed n ON n.booking_id = c.booking_id
ORDER BY c.place
"""  # noqa: S608 (of constants only)

EXPLAIN = """
SELECT coalesce(u.used, 0), coalesce(live.booking_ids, '{}')
FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::date[]) WITH ORDINALITY
    AS asked (applicant_key, organisation, kind, channel, period, period_start, place)
LEFT JOIN usage u USING (applicant_key, organisation, kind, channel, period, period_start)
LEFT JOIN LATERAL (
    SELECT array_agg(r.booking_id ORDER BY r.visit_date, r.booking_id) AS booking_ids
    FROM reservation r
    WHERE (r.applicant_key, r.organisation, r.kind, r.channel, r.period, r.period_start)
        = (asked.applicant_key, asked.organisation, asked.kind, asked.channel, asked.period, asked.period_start)
        AND r.state <> 'released'
) AS live ON true
ORDER BY asked.place
"""

KEYS_IN_USE = f"""
WITH {CLAIM}
SELECT DISTINCT ON (c.booking_id) c.booking_id, applicant_key
FROM claim c LEFT JOIN usage u USING (applicant_key, organisation, kind, channel, period, period_start)
WHERE c.block_id IS NOT NULL OR u.used IS NOT NULL
ORDER BY c.booking_id, c.block_id IS NULL, u.used DESC NULLS LAST, c.place
"""  # noqa: S608 (of constants only)
