"""The SQL statements that read a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import asyncpg

from booking_svc.day.domain import Entry
from services.db import Db


class Scope(NamedTuple):
    """Which queues' slots, from when to when, and whose desks."""

    queues: Sequence[str]
    since: datetime
    until: datetime
    desks: Sequence[str]


# The slots of the day lead to its bookings, the desks to who is there: an index for each, whatever else is booked.
# Neither names nor numbers nor contacts are read.
ENTRIES = """
WITH listed AS (
    SELECT booking.id FROM slot JOIN booking ON booking.slot_id = slot.id
    WHERE slot.queue = ANY($1::text[]) AND slot.starts_at >= $2 AND slot.starts_at < $3
        AND booking.confirmed_at IS NOT NULL
    UNION
    SELECT id FROM booking WHERE desk = ANY($4::text[]) AND status IN ('called', 'serving')
)
SELECT id, status, centre, service, starts_at, visit_date, priority, ticket_number, checked_in_at, desk, called_at,
    calls, verified_at, started_at, ended_at, outcome,
    (
        SELECT sum(extract(epoch FROM period.ended_at - period.started_at) - paused_seconds)::int
        FROM visit_period AS period WHERE booking_id = booking.id AND kind = 'serving'
    ) AS serving_seconds,
    (SELECT array_agg(period.desk) FROM visit_period AS period WHERE booking_id = booking.id AND kind = 'waiting')
        AS called_to
FROM listed JOIN booking USING (id)
ORDER BY (priority IS NULL), line_at, id
"""
# What the schedule gives or has given to somebody, and what it would give had a manager not closed it.
SLOTS = """
SELECT slot.queue, starts_at, scheduled, capacity, taken
FROM slot JOIN centre ON centre.id = slot.centre
LEFT JOIN closure ON closure.queue = slot.queue AND closure.date = slot.visit_date
WHERE slot.queue = ANY($1::text[]) AND starts_at >= $2 AND starts_at < $3
    AND (
        scheduled > 0 OR taken > 0
        OR extract(epoch FROM (starts_at AT TIME ZONE centre.time_zone)::time)::int / 60 <@ closure.minutes
    )
ORDER BY starts_at, slot.queue
"""


async def entries(db: Db, scope: Scope) -> list[Entry]:
    """Of these slots, and of whoever is at these desks, in the order of calls."""
    return [Entry(*row) for row in await db.hot(ENTRIES, *scope)]


async def slots(db: Db, scope: Scope) -> Sequence[asyncpg.Record]:
    """`queue, starts_at, scheduled, capacity, taken`, in the order of time; those closed by hand as well."""
    return await db.hot(SLOTS, *scope[:3])
