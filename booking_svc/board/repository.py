"""Every SQL statement of boards and waits. The versions are raised by triggers (see the migration)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.board.domain import LEAST_VISITS
from booking_svc.board.models import wait_comparison
from services.db import Db

CHANNEL = "board"
"""The NOTIFY channel: `[centre, version]`, once its change is committed."""

# One snapshot for the version and what it is the version of. The desks lead to their visitors: a partial index on
# desks is all that is read, however many bookings there are.
BOARDS = """
SELECT asked.centre, coalesce(board.version, 0) AS version, at_desks.calls, line.waiting, pause.reason, pause.since
FROM unnest($1::text[], $2::date[]) AS asked (centre, day)
LEFT JOIN board ON board.centre = asked.centre
LEFT JOIN pause ON pause.centre = asked.centre AND pause.ended_at IS NULL
CROSS JOIN LATERAL (
    SELECT array_agg((ticket_number, desk.id, desk.number, called_at, calls) ORDER BY called_at DESC, booking.id DESC)
        AS calls
    FROM desk JOIN booking ON booking.desk = desk.id AND booking.status IN ('called', 'serving')
    WHERE desk.centre = asked.centre AND booking.visit_date = asked.day
) AS at_desks
CROSS JOIN LATERAL (
    SELECT array_agg(ticket_number ORDER BY (priority IS NULL), line_at, id) AS waiting FROM booking
    WHERE centre = asked.centre AND visit_date = asked.day AND status = 'confirmed' AND checked_in_at IS NOT NULL
) AS line
"""


async def boards(db: Db, days: Mapping[str, date]) -> Sequence[asyncpg.Record]:
    """The boards of these centres on their days: `version`, `calls` (tuples, the newest first), `waiting` (tickets in
    their order), `reason` and `since` of a pause that is on.
    """
    return await db.hot(BOARDS, list(days), list(days.values()))


# In the order of the centres, as every other transaction that raises several.
RAISE = """
WITH raised AS (
    INSERT INTO board (centre, version, hour)
    SELECT centre, 1, hour FROM unnest($1::text[], $2::timestamptz[]) AS due (centre, hour) ORDER BY centre
    ON CONFLICT (centre) DO UPDATE SET version = board.version + 1, hour = excluded.hour
    WHERE board.hour IS NULL OR board.hour < excluded.hour
    RETURNING centre, version
)
SELECT count(pg_notify('board', json_build_array(centre, version)::text)) FROM raised
"""


async def raise_for_hours(db: Db, hours: Mapping[str, datetime]) -> None:
    """A new version for each centre whose board was not yet raised for this hour."""
    await db.hot(RAISE, list(hours), list(hours.values()))


class Window(NamedTuple):
    """The time of one day in which waits of a queue began. `past`: for the estimate of `day`, else `day` itself."""

    queue: str
    centre: str
    zone: str
    day: date
    past: bool
    since: datetime
    until: datetime


WAITS = """
SELECT asked.queue, asked.centre, asked.day, asked.past,
    extract(hour FROM started_at AT TIME ZONE asked.zone)::int AS hour,
    extract(epoch FROM ended_at - started_at) - paused_seconds AS seconds
FROM unnest($1::text[], $2::text[], $3::text[], $4::date[], $5::bool[], $6::timestamptz[], $7::timestamptz[])
    AS asked (queue, centre, zone, day, past, since, until)
JOIN visit_period ON visit_period.queue = asked.queue AND kind = 'waiting'
    AND started_at >= asked.since AND started_at < asked.until
"""
PERCENTILES = "percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY seconds)::int[]"
ESTIMATES = f"""
SELECT queue, hour, count(*)::int AS visits, {PERCENTILES} AS waits FROM ({WAITS}) AS waits
GROUP BY queue, hour HAVING count(*) >= {LEAST_VISITS}
"""  # noqa: S608 (of constants only)


async def estimates(db: Db, windows: Sequence[Window]) -> Sequence[asyncpg.Record]:
    """A row per queue and hour with enough visits: `visits`, `waits` (p50 and p90 in seconds)."""
    return await db.hot(ESTIMATES, *columns(windows))


COMPARE = f"""
WITH waits AS ({WAITS}), estimate AS (
    SELECT queue, day, hour, count(*)::int AS visits, {PERCENTILES} AS waits FROM waits WHERE past
    GROUP BY queue, day, hour
), enough AS (
    SELECT * FROM estimate WHERE visits >= {LEAST_VISITS}
), truth AS (
    SELECT waits.centre, waits.queue, waits.day, waits.hour, count(*)::int AS visits, {PERCENTILES} AS waits,
        count(*) FILTER (WHERE seconds <= enough.waits[2])::int AS within_p90
    FROM waits LEFT JOIN enough USING (queue, day, hour) WHERE NOT past
    GROUP BY waits.centre, waits.queue, waits.day, waits.hour
), kept AS (
    INSERT INTO wait_comparison (
        queue, visit_date, hour, centre, visits, waited_p50_seconds, waited_p90_seconds, estimated_from,
        estimated_p50_seconds, estimated_p90_seconds, within_p90
    )
    SELECT queue, day, hour, centre, truth.visits, truth.waits[1], truth.waits[2], coalesce(estimate.visits, 0),
        enough.waits[1], enough.waits[2], CASE WHEN enough.queue IS NOT NULL THEN truth.within_p90 END
    FROM truth LEFT JOIN estimate USING (queue, day, hour) LEFT JOIN enough USING (queue, day, hour)
    ON CONFLICT DO NOTHING
)
UPDATE board SET compared_until = done.day FROM unnest($8::text[], $9::date[]) AS done (centre, day)
WHERE board.centre = done.centre
"""  # noqa: S608 (of constants only)


async def compare(db: Db, windows: Sequence[Window], done: Mapping[str, date]) -> None:
    """Stores what was estimated beside what was; `done`: up to which day each centre is compared now."""
    await db.hot(COMPARE, *columns(windows), list(done), list(done.values()))


async def compared(db: Db) -> dict[str, date | None]:
    """Up to which day each centre is compared."""
    return {row["centre"]: row["compared_until"] for row in await db.hot("SELECT centre, compared_until FROM board")}


def columns(windows: Sequence[Window]) -> list[list[Any]]:
    return [list(column) for column in zip(*windows, strict=True)] or [[] for _ in Window._fields]


async def comparisons(session: AsyncSession, centre: str, first: date, last: date) -> Sequence[Row[Any]]:
    """What was compared on these days, both included, in order."""
    statement = select(wait_comparison).where(
        wait_comparison.c.centre == centre, wait_comparison.c.visit_date.between(first, last)
    )
    order = (wait_comparison.c.visit_date, wait_comparison.c.hour, wait_comparison.c.queue)
    return (await session.execute(statement.order_by(*order))).all()


AHEAD = text(
    """
    SELECT count(*) FROM booking AS other JOIN booking AS own
        ON (other.priority IS NULL, other.line_at, other.id) < (own.priority IS NULL, own.line_at, own.id)
    WHERE own.id = :id AND other.centre = own.centre AND other.visit_date = own.visit_date
        AND other.status = 'confirmed' AND other.checked_in_at IS NOT NULL
        AND other.service = ANY(CAST(:services AS text[]))
    """
)


async def ahead(session: AsyncSession, booking_id: UUID, services: Sequence[str]) -> int:
    """How many who are checked in for these services would be called before this booking."""
    number: int = (await session.execute(AHEAD, {"id": booking_id, "services": list(services)})).scalar_one()
    return number
