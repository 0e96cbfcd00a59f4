"""When a policy's period changes: counts move from the old periods to the new ones."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession


async def move_counts(session: AsyncSession, *, since: date, now: datetime) -> int:
    """Counts reservations for visits from `since` on by the policies that are in force now: a limit a day also counts
    what was booked under a limit a month. Gives how many moved. The caller holds the policies (`policies.lock_all`).
    """
    booking_ids = list((await session.execute(LOCK_MISPLACED, {"since": since})).scalars())
    if booking_ids:
        await session.execute(MOVE, {"booking_ids": booking_ids, "now": now})
    return len(booking_ids)


IN_FORCE = """
    p.organisation = r.organisation AND p.kind = r.kind AND p.channel = r.channel
    AND p.valid_from <= r.visit_date AND (p.valid_to IS NULL OR r.visit_date <= p.valid_to)
"""

LOCK_MISPLACED = text(f"""
SELECT r.booking_id
FROM reservation r JOIN policy p ON {IN_FORCE}
WHERE r.visit_date >= :since AND r.state <> 'released' AND r.period <> p.period
ORDER BY r.booking_id FOR UPDATE OF r
""")  # noqa: S608 (of constants only)

# What leaves and what enters is added up per usage row first: a statement changes a row once. A limit that is lower
# than what moved in breaks nothing: the row keeps the higher figure as granted.
MOVE = text(f"""
WITH misplaced AS (
    SELECT r.booking_id, r.applicant_key, r.organisation, r.kind, r.channel, r.period, r.period_start,
        p.id AS policy_id, p.max_bookings, p.period AS new_period,
        CAST(date_trunc(p.period, CAST(r.visit_date AS timestamp)) AS date) AS new_start
    FROM reservation r JOIN policy p ON {IN_FORCE}
    WHERE r.booking_id = ANY (CAST(:booking_ids AS uuid[]))
),
moved AS (
    UPDATE reservation r
    SET period = m.new_period, period_start = m.new_start, policy_id = m.policy_id, changed_at = :now
    FROM misplaced m WHERE r.booking_id = m.booking_id
),
entry AS (
    SELECT booking_id, applicant_key, organisation, kind, channel, period, period_start, -1 AS delta,
        NULL AS max_bookings
    FROM misplaced
    UNION ALL
    SELECT booking_id, applicant_key, organisation, kind, channel, new_period, new_start, 1, max_bookings
    FROM misplaced
),
written AS (
    INSERT INTO ledger
        (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
    SELECT booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, 'moved', :now
    FROM entry
),
change AS (
    SELECT applicant_key, organisation, kind, channel, period, period_start, CAST(sum(delta) AS integer) AS delta,
        max(max_bookings) AS max_bookings
    FROM entry GROUP BY applicant_key, organisation, kind, channel, period, period_start
),
fewer AS (
    UPDATE usage u SET used = u.used + c.delta
    FROM change c
    WHERE c.delta < 0 AND (u.applicant_key, u.organisation, u.kind, u.channel, u.period, u.period_start)
        = (c.applicant_key, c.organisation, c.kind, c.channel, c.period, c.period_start)
)
INSERT INTO usage AS u (applicant_key, organisation, kind, channel, period, period_start, used, granted_limit)
SELECT applicant_key, organisation, kind, channel, period, period_start, delta, greatest(max_bookings, delta)
FROM change WHERE delta > 0
ORDER BY applicant_key, organisation, kind, channel, period, period_start
ON CONFLICT (applicant_key, organisation, kind, channel, period, period_start) DO UPDATE
    SET used = u.used + excluded.used, granted_limit = greatest(u.granted_limit, u.used + excluded.used)
""")  # noqa: S608 (of constants only)
