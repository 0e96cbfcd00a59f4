"""Events arrive: durable pull consumer → inbox → handler → commit → ack, one pack in one transaction.

A service whose effects add up in any order (projections) may take all that is fetched at once, see `Batch`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from typing import Any, NamedTuple
from uuid import NAMESPACE_OID, UUID, uuid5

import nats.errors
import structlog
from nats.aio.msg import Msg
from nats.js import JetStreamContext
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from pydantic import ValidationError
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services import inbox, telemetry
from services.bus import Bus
from services.clock import Clock
from services.contracts import Event
from services.db import Db, unreachable

log = structlog.get_logger()
Handler = Callable[..., Awaitable[None]]
Table = Mapping[type[Event], Handler]
"""`async def handler(session, events, *, now)`: events of one type, each for the first time; must not commit."""


class Told(NamedTuple):
    """An event with the id that it travels under."""

    id: UUID
    event: Event


@dataclass(frozen=True)
class Batch:
    """Events of these types, of many messages at once: one transaction, one inbox statement, one call of
    `async def handler(session, told, *, now)`, each event for the first time; their order must not matter.
    """

    events: Sequence[type[Event]]
    handler: Handler


FETCH_MESSAGES = 32
FETCH_SECONDS = 2.0
ACK_WAIT_SECONDS = 10.0
ATTEMPTS = 5
RETRY_SECONDS = 1.0


class Later(Exception):
    """Not yet: deliver again after `seconds`."""

    def __init__(self, seconds: float = RETRY_SECONDS) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class Never(Exception):
    """No repetition will help: keep it as a dead letter."""


@dataclass(frozen=True)
class Envelope:
    """A received event: parsed when its type is in the table, else raw."""

    id: UUID
    subject: str
    raw: dict[str, Any]


class Consumer:
    def __init__(self, bus: Bus, db: Db, clock: Clock, *, service: str, table: Table | Batch) -> None:
        self._bus, self._db, self._clock = bus, db, clock
        self._service = service
        self._batch = table if isinstance(table, Batch) else None
        handlers = dict.fromkeys(table.events, table.handler) if isinstance(table, Batch) else table
        self._table = {event.subject: (event, handler) for event, handler in handlers.items()}
        self._failures: dict[UUID, int] = {}

    def start(self) -> list[asyncio.Task[None]]:
        """One task per stream that the table's events come from."""
        owners = sorted({subject.split(".", 1)[0] for subject in self._table})
        return [asyncio.create_task(self._run(owner), name=f"consume-{owner}") for owner in owners]

    async def _run(self, owner: str) -> None:
        while True:
            try:
                await self._consume(owner)
            except Exception as error:
                log.info("consumer.waits", stream=owner, error=telemetry.kind(error))
                self._bus.forget_streams()
                await asyncio.sleep(0.5)

    async def _consume(self, owner: str) -> None:
        subjects = sorted(subject for subject in self._table if subject.startswith(f"{owner}."))
        stream = await self._bus.ensure_stream(subjects[0])
        config = ConsumerConfig(
            durable_name=self._service,
            filter_subjects=subjects,
            ack_policy=AckPolicy.EXPLICIT,
            deliver_policy=DeliverPolicy.ALL,
            ack_wait=ACK_WAIT_SECONDS,
            max_deliver=-1,
        )
        await self._bus.js.add_consumer(stream, config)
        subscription = await self._bus.js.pull_subscribe_bind(durable=self._service, stream=stream)
        try:
            while True:
                await self._work_through(await self._fetch(subscription, stream))
        finally:
            with suppress(nats.errors.Error):
                await subscription.unsubscribe()

    async def _fetch(self, subscription: JetStreamContext.PullSubscription, stream: str) -> deque[Msg]:
        try:
            return deque(await subscription.fetch(FETCH_MESSAGES, timeout=FETCH_SECONDS))
        except TimeoutError:
            await self._bus.js.consumer_info(stream, self._service)  # raises when a wiped server lost it
            return deque()

    async def _work_through(self, messages: deque[Msg]) -> None:
        """In order; when it is interrupted, the rest goes back at once instead of after the time to acknowledge."""
        try:
            if self._batch and len(messages) > 1 and await self._receive_together(list(messages)):
                messages.clear()
            while messages:
                await self._receive(messages[0])
                messages.popleft()
        finally:
            for message in messages:
                with suppress(nats.errors.Error):
                    await message.nak()

    async def _receive_together(self, messages: Sequence[Msg]) -> bool:
        """False when anything is wrong with any of them: then one after the other, and the bad one is found."""
        try:
            await self.apply([envelope for message in messages for envelope in parse(message.data)])
        except Exception as error:
            log.info("batch.falls_apart", messages=len(messages), error=telemetry.kind(error))
            return False
        for message in messages:
            await message.ack()
        return True

    async def _receive(self, message: Msg) -> None:
        try:
            envelopes = parse(message.data)
        except ValueError as error:
            await self._bury([], message, reason=f"not a CloudEvent: {type(error).__name__}")
            await message.term()
            return
        delays = [delay for delay in await self._deliver(envelopes, message) if delay is not None]
        if delays:
            await message.nak(delay=max(delays))
        else:
            await message.ack()

    async def _deliver(self, envelopes: Sequence[Envelope], message: Msg) -> list[float | None]:
        """None for what is done, seconds for what has to come again; one bad event does not spoil its pack."""
        try:
            await self.apply(envelopes)
        except Exception as error:
            if unreachable(error):
                log.info("event.later", subject=message.subject, error=telemetry.kind(error))
                return [RETRY_SECONDS]
            if len(envelopes) == 1:
                return [await self._failed(envelopes[0], error, message)]
            return [delay for envelope in envelopes for delay in await self._deliver([envelope], message)]
        for envelope in envelopes:
            self._failures.pop(envelope.id, None)
        return [None] * len(envelopes)

    async def apply(self, envelopes: Sequence[Envelope]) -> None:
        """Inbox and effects of known, new events in one transaction, in order."""
        known = [envelope for envelope in envelopes if envelope.subject in self._table]
        if not known:
            return
        now = self._clock.now()
        async with self._db.begin() as session:
            new = await inbox.first_time(session, [envelope.id for envelope in known], now=now)
            fresh = list({envelope.id: envelope for envelope in known if envelope.id in new}.values())
            if self._batch and fresh:
                await self._batch.handler(session, self._read(fresh), now=now)
            elif fresh:
                await self._handle(session, fresh)
        for envelope in fresh:
            telemetry.EVENTS.labels(self._service, envelope.subject, "done").inc()

    async def _handle(self, session: AsyncSession, fresh: Sequence[Envelope]) -> None:
        for subject, group in groupby(fresh, key=lambda envelope: envelope.subject):
            _, handler = self._table[subject]
            run = list(group)
            telemetry.start_trace(run[0].raw.get("traceparent"))
            await handler(session, [told.event for told in self._read(run)], now=self._clock.now())

    def _read(self, envelopes: Sequence[Envelope]) -> list[Told]:
        return read(envelopes, {subject: event for subject, (event, _) in self._table.items()})

    async def _failed(self, envelope: Envelope, error: Exception, message: Msg) -> float | None:
        if isinstance(error, Later):
            return error.seconds
        failures = self._failures.get(envelope.id, 0) + 1
        if failures < ATTEMPTS and not isinstance(error, Never):
            self._failures[envelope.id] = failures
            fields = {"subject": envelope.subject, "event_id": str(envelope.id), "error": telemetry.kind(error)}
            log.warning("event.failed", **fields, exc_info=error)
            return RETRY_SECONDS
        reason = f"Never: {error}" if isinstance(error, Never) else telemetry.kind(error)
        await self._bury([envelope], message, reason=reason[:500])
        self._failures.pop(envelope.id, None)
        return None

    async def _bury(self, envelopes: Sequence[Envelope], message: Msg, *, reason: str) -> None:
        """Keeps the events as dead letters, which `doctor` lists, and marks them as received."""
        log.error("event.dead", subject=message.subject, reason=reason)
        telemetry.EVENTS.labels(self._service, message.subject, "never").inc()
        now = self._clock.now()
        letters = [(envelope.id, envelope.subject, json.dumps(envelope.raw)) for envelope in envelopes]
        if not letters:
            raw = message.data.decode(errors="replace").replace("\0", "\ufffd")  # PostgreSQL keeps no U+0000
            letters = [(uuid5(NAMESPACE_OID, raw), message.subject, raw)]
        async with self._db.begin() as session:
            await inbox.first_time(session, [event_id for event_id, _, _ in letters], now=now)
            for event_id, subject, raw in letters:
                fields = {"id": event_id, "subject": subject, "envelope": raw, "reason": reason, "now": now}
                await session.execute(BURY, fields)


BURY = text(
    "INSERT INTO dead_letter (event_id, subject, envelope, reason, at)"
    " VALUES (:id, :subject, :envelope, :reason, :now) ON CONFLICT DO NOTHING"
)


def read(envelopes: Iterable[Envelope], events: Mapping[str, type[Event]]) -> list[Told]:
    """The envelopes' events, by subject. Raises `Never` for data that is not such an event."""
    try:
        return [Told(item.id, events[item.subject].model_validate(item.raw["data"])) for item in envelopes]
    except (KeyError, ValidationError):
        raise Never("invalid data") from None


def parse(body: bytes) -> list[Envelope]:
    """The envelopes of a message: one CloudEvent or an array of them. Raises `ValueError` for anything else."""
    try:
        content = json.loads(body)
        entries = content if isinstance(content, list) else [content]
        return [Envelope(UUID(entry["id"]), str(entry["type"]), entry) for entry in entries]
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ValueError("not a CloudEvent") from error
