"""NATS: requests with deadlines, events through JetStream. The only file that says ack (design.md §2).

A handler's outcome is one of three: done (ack), later (nak with a delay), never (a dead letter in the database, term).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import nats.errors
import structlog
from nats.aio.client import Client
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.js.api import RetentionPolicy, StorageType, StreamConfig
from nats.js.errors import BadRequestError
from pydantic import ValidationError

from services import telemetry
from services.contracts import Message, Request
from services.errors import Unavailable
from services.questions import Questions

log = structlog.get_logger()
Reply = TypeVar("Reply", bound=Message)
Answer = Callable[[Any], Awaitable[Message]]
STREAM_MAX_AGE_SECONDS = 30 * 24 * 3600
PUBLISH_TIMEOUT_SECONDS = 5
BROKEN = (nats.errors.Error, ConnectionError, RuntimeError)
"""What sending on a connection that breaks may raise; uvloop's transports say RuntimeError once they are closed."""
STREAM_EXISTS = 10058
"""The server's code for a stream that is there with other settings (the operator's: replicas, age); it stays so."""
ARCHIVE = "vizyt.archive"
"""The mark, in a stream's metadata, that the outbox gave it what it holds; a stream that was made anew has none."""


class Pack(NamedTuple):
    """One JetStream message: a JSON array of CloudEvents of one subject."""

    subject: str
    message_id: str
    body: bytes
    events: int


class Bus:
    """One connection to NATS; it reconnects for ever."""

    def __init__(self, url: str, *, name: str) -> None:
        self._url, self._name = url, name
        self.nc = Client()
        self.js = self.nc.jetstream()
        self._begun = False
        self._streams: set[str] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._subscriptions: list[Subscription] = []
        self._questions = Questions(self.nc)

    async def start(self) -> None:
        self._begun = True
        await self.nc.connect(
            self._url,
            name=self._name,
            max_reconnect_attempts=-1,
            reconnect_time_wait=0.25,  # type: ignore[arg-type]  # seconds for asyncio.sleep
            connect_timeout=2,
            ping_interval=2,
            max_outstanding_pings=2,
            error_cb=_quiet,
            disconnected_cb=self._lost,
        )
        await self._questions.start()

    async def stop_intake(self) -> None:
        """Takes no more requests, and returns once those in flight are answered and the answers have left."""
        for subscription in self._subscriptions if self.connected else ():
            with suppress(nats.errors.Error):
                await subscription.drain()  # type: ignore[no-untyped-call]
        while self._tasks:
            await asyncio.wait(self._tasks)
        if self.connected:
            with suppress(TimeoutError, nats.errors.Error):
                await self.nc.flush()

    async def stop(self) -> None:
        if self.connected:
            with suppress(TimeoutError, nats.errors.Error):
                await asyncio.wait_for(self.nc.flush(1), 1.5)
        if self._begun:  # the client cannot close what never began to connect
            await self.nc.close()

    @property
    def connected(self) -> bool:
        return bool(self.nc.is_connected)

    @property
    def reconnects(self) -> int:
        """How often the connection was lost and made again: the server behind it may be another one."""
        return int(self.nc.stats["reconnects"])

    async def request(self, subject: str, body: bytes, *, timeout_seconds: float) -> bytes:
        """One answer by one responder. Raises `Unavailable` at once when nobody listens or the connection breaks, else
        at the deadline.
        """
        if not self.connected:
            raise Unavailable
        try:
            return await self._questions.put(subject, body, timeout_seconds=timeout_seconds)
        except BROKEN as error:
            raise Unavailable from error

    async def _lost(self) -> None:
        self._questions.give_up()

    async def ask(self, request: Request[Reply], *, timeout_seconds: float = 3.0) -> Reply:
        """The typed answer of another service; raises `Unavailable` past the deadline."""
        question = f"{telemetry.traceparent()}\n{request.model_dump_json()}".encode()
        body = await self.request(request.subject, question, timeout_seconds=timeout_seconds)
        if not body:
            raise Unavailable
        try:
            return request.reply.model_validate_json(body)  # type: ignore[return-value]  # reply is Reply's class
        except ValidationError as error:
            log.error("reply.not_understood", subject=request.subject, exc_info=error)
            raise Unavailable from None

    async def respond(self, subject: str, answer: Callable[[bytes], Awaitable[bytes]], *, group: str) -> None:
        """Answers requests, each in a task of its own; processes of one group share them."""

        async def work(message: Msg) -> None:
            try:
                await self.nc.publish(message.reply, await answer(message.data))
            except Exception as error:
                log.warning("request.not_answered", subject=subject, error=telemetry.kind(error), exc_info=error)
                with suppress(*BROKEN):
                    await self.nc.publish(message.reply, b"")  # unavailable, known at once

        async def start(message: Msg) -> None:
            task = asyncio.create_task(work(message))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

        self._subscriptions.append(await self.nc.subscribe(subject, queue=group, cb=start))
        await self.nc.flush()  # the server knows it: whoever asks from now on is heard

    async def respond_all(self, replies: Mapping[type[Request[Any]], Answer], *, group: str) -> None:
        for request, answer in replies.items():
            await self.respond(request.subject, _typed(request, answer), group=group)

    async def ensure_stream(self, subject: str) -> str:
        """The stream that takes the subject, made if it is missing: `booking.held.v1` → `BOOKING`."""
        owner = subject.split(".", 1)[0]
        name = owner.upper()
        if name not in self._streams:
            config = StreamConfig(
                name=name,
                subjects=[f"{owner}.*.*"],  # events have three words, requests two
                retention=RetentionPolicy.LIMITS,
                storage=StorageType.FILE,
                max_age=STREAM_MAX_AGE_SECONDS,
                duplicate_window=120,
            )
            try:
                await self.js.add_stream(config)
            except BadRequestError as error:
                if error.err_code != STREAM_EXISTS:
                    raise
            self._streams.add(name)
        return name

    async def has_archive(self, owner: str) -> bool:
        """Whether the owner's stream is marked; one that had to be made anew, on a wiped server, is not."""
        info = await self.js.stream_info(await self.ensure_stream(owner))
        return ARCHIVE in (info.config.metadata or {})

    async def mark_archive(self, owner: str) -> None:
        config = (await self.js.stream_info(await self.ensure_stream(owner))).config
        await self.js.update_stream(config, metadata={**(config.metadata or {}), ARCHIVE: "given"})

    def forget_streams(self) -> None:
        """After a failure: a wiped server has lost its streams, make them again."""
        self._streams.clear()

    async def publish(self, packs: Sequence[Pack]) -> int:
        """Publishes in order, many in flight; gives how many events are stored before the first failure."""
        if not self.connected:
            return 0
        futures = []
        try:
            for pack in packs:
                stream = await self.ensure_stream(pack.subject)
                headers = {
                    "Nats-Msg-Id": pack.message_id,
                    "content-type": "application/cloudevents-batch+json",
                }
                futures.append(await self.js.publish_async(pack.subject, pack.body, stream=stream, headers=headers))
        finally:
            results = await _settled(futures)
        stored = 0
        for pack, stored_well in zip(packs, results, strict=True):
            if not stored_well:
                self.forget_streams()
                break
            stored += pack.events
        return stored


async def _settled(futures: Sequence[asyncio.Future[Any]]) -> list[bool]:
    if not futures:
        return []
    await asyncio.wait(futures, timeout=PUBLISH_TIMEOUT_SECONDS)
    for future in futures:
        if not future.done():
            future.cancel()
    return [future.done() and not future.cancelled() and future.exception() is None for future in futures]


def _typed(request: type[Request[Any]], answer: Answer) -> Callable[[bytes], Awaitable[bytes]]:
    async def work(body: bytes) -> bytes:
        trace, _, question = body.rpartition(b"\n")  # the JSON has no line end of its own
        telemetry.start_trace(trace.decode("latin-1"))
        reply = await answer(request.model_validate_json(question))
        return reply.model_dump_json().encode()

    return work


async def _quiet(error: Exception) -> None:
    log.info("nats.error", error=type(error).__name__)
