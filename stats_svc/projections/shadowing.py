"""The tables in which figures are made anew, beside those that are read meanwhile, and the change of one for the other.

Whoever counts writes to the inbox first; whoever begins or ends locks the inbox first: so every batch is counted either
before, or in both, or after (handlers/rebuilding.py says why nothing is lost or doubled).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Db
from services.schema import INBOX
from stats_svc.models import METADATA, PROJECTIONS
from stats_svc.projections.storing import SHADOW, revise, shadow

DONE = -1
"""In place of the row after which an archive is read on: there are no more."""
LOCK_MILLISECONDS = 900
"""Shorter than PostgreSQL waits before it looks for a deadlock: the change gives way to who reads, and tries again."""
LONG_SECONDS = 900.0
TABLES = tuple(table.name for table in PROJECTIONS)


@dataclass(frozen=True)
class Rebuild:
    """`after`: the last row that was read of each archive."""

    id: UUID
    state: str
    started_at: datetime
    ended_at: datetime | None
    after: Mapping[str, int]
    events: int
    skipped: int
    missing: int | None


async def newest(session: AsyncSession) -> Rebuild | None:
    row = (await session.execute(text(NEWEST))).first()
    return Rebuild(*row) if row else None


async def begin(session: AsyncSession, requested_id: UUID, *, now: datetime) -> Rebuild:
    """Empty tables, and from now on all is counted there too; the one that is under way, if there is one."""
    await session.execute(text("LOCK TABLE inbox IN SHARE MODE"))
    running = await newest(session)
    if running and (running.state == "running" or running.id == requested_id):
        return running
    await session.execute(text(f"DROP SCHEMA IF EXISTS {SHADOW} CASCADE"))
    await session.execute(text(f"CREATE SCHEMA {SHADOW}"))
    async with shadow(session):
        for statement in INBOX:
            await session.execute(text(statement))
        await (await session.connection()).run_sync(_create)
    await session.execute(text(BEGIN), {"id": requested_id, "now": now})
    begun = await newest(session)
    assert begun is not None
    return begun


def _create(connection: Connection) -> None:
    METADATA.create_all(connection, tables=PROJECTIONS, checkfirst=False)


async def progress(session: AsyncSession, of: Rebuild, owner: str, after: int, *, events: int, skipped: int) -> None:
    fields = {"id": of.id, "after": orjson.dumps({owner: after}).decode(), "events": events, "skipped": skipped}
    await session.execute(text(PROGRESS), fields)


async def missing(db: Db) -> int:
    """Events that had been counted, and are in no archive; read at leisure, on a connection of its own."""
    connection = await db.connect()
    try:
        return int(await connection.fetchval(MISSING, timeout=LONG_SECONDS))
    finally:
        await connection.close()


async def exchange(session: AsyncSession, of: Rebuild, *, now: datetime) -> None:
    """The new tables take the place of the old ones. Raises where a reader holds these too long: try again."""
    await session.execute(text(f"SET LOCAL lock_timeout = {LOCK_MILLISECONDS}"))
    await session.execute(text("LOCK TABLE inbox IN ACCESS EXCLUSIVE MODE"))
    await session.execute(text(f"LOCK TABLE {', '.join(TABLES)} IN ACCESS EXCLUSIVE MODE"))
    await session.execute(text(REVIVED))
    await session.execute(text(KNOWN_DEAD), {"now": now})
    for table in ("inbox", *TABLES):
        await session.execute(text(f"DROP TABLE public.{table}"))
        await session.execute(text(f"ALTER TABLE {SHADOW}.{table} SET SCHEMA public"))
    await end(session, of, "done", missing=0, now=now)
    await revise(session)


async def end(session: AsyncSession, of: Rebuild, state: str, *, missing: int, now: datetime) -> None:
    fields: dict[str, Any] = {"id": of.id, "state": state, "missing": missing, "now": now}
    await session.execute(text(END), fields)


NEWEST = """
SELECT requested_id, state, started_at, ended_at, after, events, skipped, missing
FROM rebuild ORDER BY id DESC LIMIT 1
"""

BEGIN = """
INSERT INTO rebuild (requested_id, state, started_at, after, events, skipped)
VALUES (:id, 'running', :now, '{}', 0, 0)
"""

PROGRESS = """
UPDATE rebuild SET after = after || CAST(:after AS jsonb), events = events + :events, skipped = skipped + :skipped
WHERE requested_id = :id
"""

END = "UPDATE rebuild SET state = :state, missing = :missing, ended_at = :now WHERE requested_id = :id"

MISSING = """
SELECT count(*) FROM public.inbox AS old
WHERE NOT EXISTS (SELECT FROM shadow.inbox AS new WHERE new.event_id = old.event_id)
    AND NOT EXISTS (SELECT FROM dead_letter WHERE dead_letter.event_id = old.event_id)
"""

# What can be counted now is no dead letter any more; what cannot is marked as received as before.
REVIVED = """
DELETE FROM dead_letter WHERE EXISTS (SELECT FROM shadow.inbox AS new WHERE new.event_id = dead_letter.event_id)
"""

KNOWN_DEAD = """
INSERT INTO shadow.inbox (event_id, received_at) SELECT event_id, :now FROM dead_letter
ORDER BY event_id ON CONFLICT DO NOTHING
"""
