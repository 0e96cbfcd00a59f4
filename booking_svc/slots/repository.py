"""Every statement on the table `slot` that is not a claim."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

CHANNEL = "slots"
"""The NOTIFY channel that every process of booking_svc hears; see `booking_svc.slots.listener`."""
QUEUES_PER_NOTICE = 60
"""A payload must stay below 8000 bytes; a queue's id has at most 97 characters."""


class Wanted(NamedTuple):
    """One slot that the schedule gives: a row's columns."""

    queue: str
    centre: str
    starts_at: datetime
    ends_at: datetime
    visit_date: date
    scheduled: int


LOCK = text(
    """
    SELECT count(*) FROM (
        SELECT 1 FROM slot
        WHERE queue = ANY(CAST(:queues AS text[])) AND starts_at > :since
        ORDER BY id FOR UPDATE
    ) AS locked
    """
)
PUT = text(
    """
    INSERT INTO slot (queue, centre, starts_at, ends_at, visit_date, scheduled, capacity)
    SELECT queue, centre, starts_at, ends_at, visit_date, scheduled, scheduled
    FROM unnest(CAST(:queues AS text[]), CAST(:centres AS text[]), CAST(:starts AS timestamptz[]),
        CAST(:ends AS timestamptz[]), CAST(:dates AS date[]), CAST(:capacities AS int[]))
        AS wanted (queue, centre, starts_at, ends_at, visit_date, scheduled)
    ON CONFLICT (queue, starts_at) DO UPDATE SET
        ends_at = excluded.ends_at,
        visit_date = excluded.visit_date,
        scheduled = excluded.scheduled,
        capacity = GREATEST(excluded.scheduled, slot.taken),
        version = slot.version + 1
    WHERE (slot.ends_at, slot.visit_date, slot.scheduled)
        IS DISTINCT FROM (excluded.ends_at, excluded.visit_date, excluded.scheduled)
    """
)
CLOSE = text(
    """
    UPDATE slot SET scheduled = 0, capacity = taken, version = version + 1
    WHERE queue = ANY(CAST(:queues AS text[])) AND starts_at > :since AND scheduled > 0
        AND NOT EXISTS (
            SELECT FROM unnest(CAST(:wanted AS text[]), CAST(:starts AS timestamptz[])) AS wanted (queue, starts_at)
            WHERE wanted.queue = slot.queue AND wanted.starts_at = slot.starts_at
        )
    """
)
MARK = text(
    """
    UPDATE queue SET prepared_until = mark.until
    FROM unnest(CAST(:queues AS text[]), CAST(:untils AS date[])) AS mark (queue, until) WHERE id = mark.queue
    """
)
COUNT = text("SELECT queue, count(*) AS slots FROM slot WHERE starts_at > :since AND scheduled > 0 GROUP BY queue")
NOTIFY = text("SELECT pg_notify(:channel, :payload)")

LOAD = """
SELECT queue, array_agg(id) AS ids, array_agg(extract(epoch FROM starts_at)::bigint) AS starts,
    array_agg(visit_date - DATE '0001-01-01' + 1) AS days,
    array_agg(CASE WHEN scheduled > 0 THEN capacity - taken ELSE -1 END) AS free, array_agg(version) AS versions
FROM (
    SELECT * FROM slot WHERE starts_at >= $1 AND ($2::text[] IS NULL OR queue = ANY($2)) ORDER BY queue, starts_at
) AS slot
GROUP BY queue
"""


async def lock_slots(session: AsyncSession, queues: Sequence[str], *, since: datetime) -> None:
    """Locks the coming slots in the order of their ids, as every claim does: no deadlocks with the hot path."""
    await session.execute(LOCK, {"queues": list(queues), "since": since})


async def put_slots(session: AsyncSession, wanted: Sequence[Wanted]) -> None:
    """Creates what is missing, and gives what is there the wanted capacity, but never less than is taken."""
    if wanted:
        names = ("queues", "centres", "starts", "ends", "dates", "capacities")
        columns = (list(column) for column in zip(*wanted, strict=True))
        await session.execute(PUT, dict(zip(names, columns, strict=True)))


async def close_others(
    session: AsyncSession, queues: Sequence[str], wanted: Sequence[Wanted], *, since: datetime
) -> None:
    """Lets nobody else into coming slots that the schedule gives no longer; those with bookings keep them."""
    named, starts = [slot.queue for slot in wanted], [slot.starts_at for slot in wanted]
    await session.execute(CLOSE, {"queues": list(queues), "since": since, "wanted": named, "starts": starts})


async def mark_prepared(session: AsyncSession, untils: Mapping[str, date]) -> None:
    """Remembers up to which day each queue has its rows."""
    await session.execute(MARK, {"queues": list(untils), "untils": list(untils.values())})


async def count_scheduled(session: AsyncSession, *, since: datetime) -> dict[str, int]:
    """How many coming slots of each queue are on the schedule."""
    return {row.queue: row.slots for row in await session.execute(COUNT, {"since": since})}


async def tell_queues(session: AsyncSession, queues: Sequence[str]) -> None:
    """Once committed, every process reads these queues again."""
    for start in range(0, len(queues), QUEUES_PER_NOTICE):
        await tell(session, {"queues": list(queues[start : start + QUEUES_PER_NOTICE])})


async def tell_catalogue(session: AsyncSession) -> None:
    """Once committed, every process reads the catalogue again."""
    await tell(session, {"catalogue": True})


async def tell(session: AsyncSession, notice: dict[str, Any]) -> None:
    await session.execute(NOTIFY, {"channel": CHANNEL, "payload": json.dumps(notice)})


async def load(
    connection: asyncpg.Connection[asyncpg.Record], *, since: datetime, queues: Sequence[str] | None = None
) -> Sequence[asyncpg.Record]:
    """A row per queue with parallel arrays over its slots from `since` on, in time order; closed ones have free -1.

    `days` are ordinals as of `date.toordinal()`. `queues`: these only.
    """
    only = list(queues) if queues is not None else None
    rows: list[asyncpg.Record] = await connection.fetch(LOAD, since, only, timeout=60)
    return rows
