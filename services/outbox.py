"""Events leave through the outbox: a row in the caller's transaction, published later by one leader (design.md §2).

The relay selects unpublished rows (never "id > last": ids commit out of order), packs runs of one subject into one
JetStream message (a CloudEvents 1.0 JSON batch), keeps many publishes in flight and stops at the first failure.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services import telemetry
from services.bus import Bus, Pack
from services.clock import Clock
from services.contracts import Event
from services.db import Db
from services.ids import uuid7

GATHER_SECONDS = 0.02
IDLE_SECONDS = 1.0
BATCH = 512
PACK = 128
log = structlog.get_logger()

INSERT = text(
    """
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    SELECT id, subject, envelope, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS text[]), CAST(:envelopes AS text[]))
        AS row (id, subject, envelope)
    """
)


class Row(NamedTuple):
    """One event ready for the outbox: the columns `event_id`, `subject`, `envelope`."""

    event_id: UUID
    subject: str
    envelope: str


def row(event: Event, *, now: datetime) -> Row:
    """The event in its CloudEvents envelope; hot statements insert such rows themselves."""
    event_id = uuid7(now)
    source = event.subject.split(".", 1)[0]
    envelope = (
        f'{{"specversion":"1.0","id":"{event_id}","source":"/{source}","type":"{event.subject}",'
        f'"time":"{now.isoformat()}","datacontenttype":"application/json",'
        f'"traceparent":"{telemetry.traceparent()}","data":{event.model_dump_json()}}}'
    )
    return Row(event_id, event.subject, envelope)


async def emit(session: AsyncSession, *events: Event, now: datetime) -> None:
    """Inserts the events in the caller's transaction; never commits."""
    if not events:
        return
    rows = [row(event, now=now) for event in events]
    ids, subjects, envelopes = (list(column) for column in zip(*rows, strict=True))
    await session.execute(INSERT, {"now": now, "ids": ids, "subjects": subjects, "envelopes": envelopes})


class Relay:
    """Publishes what is unpublished, on the leader's connection, woken by NOTIFY."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus, self._clock = bus, clock

    async def run(self, connection: asyncpg.Connection[asyncpg.Record]) -> None:
        """Runs until cancelled or the connection breaks."""
        woken = asyncio.Event()
        await connection.add_listener("outbox", lambda *_: woken.set())
        while True:
            woken.clear()
            published = await self._publish_some(connection)
            if published < BATCH:
                await _wait(woken)
                await asyncio.sleep(GATHER_SECONDS)

    async def _publish_some(self, connection: asyncpg.Connection[asyncpg.Record]) -> int:
        rows = await connection.fetch(
            "SELECT id, event_id, subject, envelope FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1",
            BATCH,
        )
        if not rows:
            return 0
        try:
            done = await self._bus.publish(pack(rows))
        except Exception as error:
            log.warning("outbox.not_published", waiting=len(rows), error=type(error).__name__)
            await asyncio.sleep(0.25)
            return BATCH
        ids = [entry["id"] for entry in rows[:done]]
        await connection.execute(
            "UPDATE outbox SET published_at = $2 WHERE id = ANY($1) AND published_at IS NULL",
            ids,
            self._clock.now(),
        )
        return len(rows)


def pack(rows: Sequence[Any]) -> list[Pack]:
    """The rows as messages in the same order: each a run of one subject."""
    packs = []
    for subject, run in groupby(rows, key=lambda entry: entry["subject"]):
        entries = list(run)
        for start in range(0, len(entries), PACK):
            chunk = entries[start : start + PACK]
            body = "[" + ",".join(entry["envelope"] for entry in chunk) + "]"
            packs.append(Pack(subject, str(chunk[0]["event_id"]), body.encode(), len(chunk)))
    return packs


async def _wait(woken: asyncio.Event) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(woken.wait(), IDLE_SECONDS)


async def ensure_partitions(db: Db, now: datetime) -> None:
    """This month's partition of the archive and the next two. A month that already has rows in the default
    partition (the clock was shifted past it) stays there.
    """
    first = now.date().replace(day=1)
    for _ in range(3):
        following = (first + timedelta(days=32)).replace(day=1)
        name = f"outbox_{first:%Y_%m}"
        try:
            async with db.begin() as session:
                await session.execute(
                    text(
                        f"CREATE TABLE IF NOT EXISTS {name} PARTITION OF outbox"
                        f" FOR VALUES FROM ('{first}T00:00:00Z') TO ('{following}T00:00:00Z')"
                    )
                )
        except DBAPIError:
            log.info("outbox.month_stays_in_default", month=name)
        first = following
