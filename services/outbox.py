"""Events leave through the outbox: a row in the caller's transaction, published later by one leader (design.md §2).

The relay selects unpublished rows (never "id > last": ids commit out of order), packs runs of one subject into one
JetStream message (a CloudEvents 1.0 JSON batch), keeps many publishes in flight and stops at the first failure.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import asyncpg
import nats.errors
import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession

from services import telemetry
from services.bus import STREAM_MAX_AGE_SECONDS, Bus, Pack
from services.clock import Clock
from services.contracts import Event
from services.db import Db
from services.ids import uuid7

GATHER_SECONDS = 0.02
IDLE_SECONDS = 1.0
RETRY_SECONDS = 0.25
LOOK_SECONDS = 10.0
"""Within this time a stream that was deleted and made anew is noticed; one lost with its server, at once."""
REFILL_SECONDS = 900.0
BATCH = 512
PACK, PACK_CHARACTERS = 128, 500_000
"""A message holds at most so many events, and no more than one when that is longer; NATS takes 8 MiB."""
MAX_EVENT_CHARACTERS = 2_000_000
log = structlog.get_logger()

INSERT = text(
    """
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    SELECT id, subject, envelope, :now
    FROM unnest(CAST(:ids AS uuid[]), CAST(:subjects AS text[]), CAST(:envelopes AS text[]))
        AS row (id, subject, envelope)
    """
)

WAITING = "SELECT id, event_id, subject, envelope FROM outbox WHERE published_at IS NULL ORDER BY id LIMIT $1"
MARK = "UPDATE outbox SET published_at = $2 WHERE id = ANY($1) AND published_at IS NULL"
OWNERS = "SELECT DISTINCT split_part(subject, '.', 1) AS owner FROM outbox WHERE created_at >= $1"
REFILL = """
UPDATE outbox SET published_at = NULL
WHERE created_at >= $1 AND published_at IS NOT NULL AND starts_with(subject, $2 || '.')
"""
NOT_YET = (1, 0)
"""Found and published, when something waits that cannot be published now."""
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


class Row(NamedTuple):
    """One event ready for the outbox: the columns `event_id`, `subject`, `envelope`."""

    event_id: UUID
    subject: str
    envelope: str


def row(event: Event, *, now: datetime) -> Row:
    """The event in its CloudEvents envelope; hot statements insert such rows themselves."""
    event_id = uuid7(now)
    data = event.model_dump_json()
    if len(data) > MAX_EVENT_CHARACTERS:  # it would block the outbox for ever
        raise ValueError(f"{event.subject} is too large: {len(data)} characters")
    source = event.subject.split(".", 1)[0]
    envelope = (
        f'{{"specversion":"1.0","id":"{event_id}","source":"/{source}","type":"{event.subject}",'
        f'"time":"{now.isoformat()}","datacontenttype":"application/json",'
        f'"traceparent":"{telemetry.traceparent()}","data":{data}}}'
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
        self._looked: tuple[int, float] | None = None
        self._owners: set[str] = set()

    async def run(self, connection: Connection) -> None:
        """Runs until cancelled or the connection breaks."""
        woken = asyncio.Event()
        await connection.add_listener("outbox", lambda *_: woken.set())
        self._owners = {row["owner"] for row in await connection.fetch(OWNERS, self._kept_since())}
        while True:
            woken.clear()
            found, published = await self._publish_some(connection) if self._bus.connected else NOT_YET
            if published < found:
                self._looked = None
                await asyncio.sleep(RETRY_SECONDS)
            elif found < BATCH:
                await _wait(woken)
                await asyncio.sleep(GATHER_SECONDS)

    async def _publish_some(self, connection: Connection) -> tuple[int, int]:
        """How many events were found waiting, and how many of them are published and marked now."""
        waiting = await connection.fetch(WAITING, BATCH)
        try:
            if await self._streams_were_filled(waiting, connection):
                waiting = await connection.fetch(WAITING, BATCH)
        except nats.errors.Error as error:
            log.warning("outbox.stream_not_ready", error=telemetry.kind(error))
            self._bus.forget_streams()
            return NOT_YET
        done = await self._stored(pack(waiting)) if waiting else 0
        if done:
            await connection.execute(MARK, [entry["id"] for entry in waiting[:done]], self._clock.now())
        return len(waiting), done

    async def _streams_were_filled(self, waiting: Sequence[Any], connection: Connection) -> bool:
        """True after a stream had to be filled again: what waits is then another.

        Looks again after a failure, a reconnection and from time to time, and where an owner tells its first event.
        """
        owners = {entry["subject"].split(".", 1)[0] for entry in waiting}
        state = self._bus.reconnects, asyncio.get_running_loop().time() // LOOK_SECONDS
        if state == self._looked and owners <= self._owners:
            return False
        self._owners |= owners
        fresh = [owner for owner in sorted(self._owners) if not await self._bus.has_archive(owner)]
        for owner in fresh:
            await self._refill(owner, connection)
        self._looked = state
        return bool(fresh)

    async def _refill(self, owner: str, connection: Connection) -> None:
        """A new stream: NATS lost its disk, or the stream was deleted, and consumers may lack what was in it. So all
        that a stream keeps goes out again, in order; their inboxes keep longer what they have had (jobs.py).
        """
        done = await connection.execute(REFILL, self._kept_since(), owner, timeout=REFILL_SECONDS)
        await self._bus.mark_archive(owner)
        log.info("outbox.stream_is_new", stream=owner, again=done)

    def _kept_since(self) -> datetime:
        return self._clock.now() - timedelta(seconds=STREAM_MAX_AGE_SECONDS)

    async def _stored(self, packs: Sequence[Pack]) -> int:
        """How many events NATS has for certain; the first failure ends the count."""
        try:
            return await self._bus.publish(packs)
        except Exception as error:
            log.warning("outbox.not_published", error=telemetry.kind(error))
            return 0


def pack(rows: Sequence[Any]) -> list[Pack]:
    """The rows as messages in the same order: each a run of one subject."""
    return [_packed(chunk) for chunk in _chunks(rows)]


def _chunks(rows: Sequence[Any]) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    size = 0
    for entry in rows:
        size += len(entry["envelope"])
        if chunk and (entry["subject"] != chunk[0]["subject"] or len(chunk) == PACK or size > PACK_CHARACTERS):
            yield chunk
            chunk, size = [], len(entry["envelope"])
        chunk.append(entry)
    if chunk:
        yield chunk


def _packed(chunk: Sequence[Any]) -> Pack:
    body = "[" + ",".join(entry["envelope"] for entry in chunk) + "]"
    return Pack(chunk[0]["subject"], _message_id(chunk), body.encode(), len(chunk))


def _message_id(chunk: Sequence[Any]) -> str:
    """Of these events in this order and no others: NATS drops a message whose id it has seen, so that a second pack
    that begins like the first and holds more must have another id.
    """
    return hashlib.blake2b(b"".join(entry["event_id"].bytes for entry in chunk), digest_size=16).hexdigest()


async def _wait(woken: asyncio.Event) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(IDLE_SECONDS):  # wait_for may swallow the cancellation that ends the relay
            await woken.wait()


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
