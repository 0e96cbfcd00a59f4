"""Live states: a service tells the newest state of a topic, a gateway shows it to any number of listeners.

Both sides are here. A topic is the path of a resource that can also be read with GET, and whose ETag is its version, a
whole number that grows with every change. What is told is the whole state, so that only the newest one matters: a slow
listener skips what it missed, and what NATS loses is mended by reading again. Listeners get server-sent events.

What not everybody may see is not told at all, only that it has changed: each listener reads it with the own credential.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import NamedTuple
from urllib.parse import quote

import structlog
from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from prometheus_client import Gauge

from services import telemetry
from services.bus import BROKEN, Bus
from services.errors import Problem, Unavailable
from services.tasks import end

log = structlog.get_logger()
AGAIN = "live"
"""The subject on which a service says that some of what it told may be lost: read again."""
HEARTBEAT = b":\n\n"
LIFE_SECONDS = 6 * 3600.0
"""A stream ends after so long, and its listener comes again: so listeners spread over new gateways."""
RETRY_MILLISECONDS = (1000, 3000)
"""Between these each listener is told another time, so that not all come again at once."""
TICK_SECONDS = 0.5
LISTENERS = Gauge("vizyt_live_listeners", "Open streams of live states")


class State(NamedTuple):
    """A whole state, as one line."""

    version: int
    body: bytes


class Private(NamedTuple):
    """What one listener may see of a topic: what is read at `address` with this `authorization`."""

    address: str
    authorization: str


Read = Callable[[str, int | None], Awaitable[State | None]]
"""Gives the state of a topic as it is now; None when it is still the known version."""
ReadPrivate = Callable[[Private, int | None], Awaitable[State | None]]
"""The same for one listener. Raises the refusal of who may not, or no longer, see it."""
ReadState = Callable[[int | None], Awaitable[State | None]]


def subject(topic: str) -> str:
    """`/api/v1/halls/one.two` → `live.api.v1.halls.one%2Etwo`"""
    return ".".join(["live", *(quote(word, safe="").replace(".", "%2E") for word in topic.strip("/").split("/"))])


class Publisher:
    """The service's side. Only one process of a service has one at a time."""

    def __init__(self, bus: Bus) -> None:
        self._bus, self._reconnects = bus, -1

    async def publish(self, states: Mapping[str, State]) -> None:
        """Tells states by topic; at first, and after the connection was lost, also to read again what others told.

        Raises `Unavailable`; then some may not have been told.
        """
        if not self._bus.connected:
            raise Unavailable
        reconnects = self._bus.reconnects
        try:
            for topic, state in states.items():
                await self._bus.nc.publish(subject(topic), b"%d\n%b" % state)
            if reconnects != self._reconnects:
                await self._bus.nc.publish(AGAIN, b"")
        except BROKEN as error:
            raise Unavailable from error
        self._reconnects = reconnects


async def wake(bus: Bus, topics: Iterable[str]) -> None:
    """Says that these topics have changed, and nothing else: each listener reads what it is allowed to see.

    Raises `Unavailable`.
    """
    if not bus.connected:
        raise Unavailable
    try:
        for topic in topics:
            await bus.nc.publish(subject(topic), b"")
    except BROKEN as error:
        raise Unavailable from error


async def subscribe(bus: Bus, name: str, hear: Callable[[Msg], Awaitable[None]]) -> Subscription:
    """It holds through reconnects. Raises `Unavailable`."""
    if not bus.connected:
        raise Unavailable
    try:
        return await bus.nc.subscribe(name, cb=hear)
    except BROKEN as error:
        raise Unavailable from error


class Topic:
    """One subscription and the newest state, for all who listen here; a private one for all with the same credential.

    `look` asks for a `check` soon.
    """

    def __init__(self, name: str, bus: Bus, read: ReadState, *, look: Callable[[], None], private: bool) -> None:
        self._name, self._bus, self._read = name, bus, read
        self._look, self._private = look, private
        self.listeners, self.stale, self.ended = 0, False, False
        self._state: State | None = None
        self._frame = b""
        self._changed = asyncio.Event()
        self._subscription: Subscription | None = None
        self._opening = asyncio.create_task(self._open())

    async def ready(self) -> None:
        """Returns once there is a state. Raises what the reading raised."""
        await asyncio.shield(self._opening)

    async def _open(self) -> None:
        """Listens first and reads then: what is told meanwhile is heard."""
        self._subscription = await subscribe(self._bus, subject(self._name), self._hear)
        if state := await self._read(None):
            self.show(state)

    async def _hear(self, message: Msg) -> None:
        if not message.data:
            self.stale = True
            self._look()
            return
        version, _, body = message.data.partition(b"\n")
        self.show(State(int(version), body))

    def show(self, state: State) -> None:
        """Newer ones only: a reading may arrive after the news that overtook it."""
        if self._state is None or state.version > self._state.version:
            self._state, self._frame = state, frame(state)
            self.wake()

    def wake(self) -> None:
        self._changed.set()
        self._changed.clear()

    def end(self) -> None:
        """All streams of it end."""
        self.ended = True
        self.wake()

    async def check(self) -> bool:
        """Reads again; false when nobody answered, so that it is to be tried again."""
        if not self._opening.done():
            return True
        self.stale = False  # what changes while it is read is read again
        try:
            state = await self._read(self._state.version if self._state else None)
        except Unavailable:
            self.stale = True
            return False
        except Problem as refusal:
            state = None  # what was there is gone; who listens keeps what was shown last
            if self._private and refusal.status < 500:
                self.end()  # nobody goes on looking who may not look any more
        if state:
            self.show(state)
        return True

    async def frames(self, last_id: str | None, *, heartbeat_seconds: float) -> AsyncIterator[bytes]:
        """Server-sent events: the state as it is, unless `last_id` says that it is known, then each newer one that
        there is when the listener has taken the one before. Comments in between keep the connection open.
        """
        seen = int(last_id) if last_id and last_id.isdecimal() and last_id.isascii() else None
        loop = asyncio.get_running_loop()
        until = loop.time() + LIFE_SECONDS
        yield b"retry: %d\n\n" % random.randint(*RETRY_MILLISECONDS)  # noqa: S311 (spreads load, guards nothing)
        while not self.ended and loop.time() < until:
            if self._state and self._state.version != seen:
                seen = self._state.version
                yield self._frame
            elif not await self._moved(heartbeat_seconds):
                yield HEARTBEAT

    async def _moved(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._changed.wait()
            return True
        return False

    async def close(self) -> None:
        await end([self._opening])
        if not self._opening.cancelled():
            self._opening.exception()  # whoever waited for it has had it
        if self._subscription:
            with suppress(*BROKEN):
                await self._subscription.unsubscribe()


def frame(state: State) -> bytes:
    """One server-sent event."""
    return b"id: %d\ndata: %b\n\n" % (state.version, state.body.replace(b"\n", b"\ndata: "))


class Hub:
    """The gateway's side: all topics that somebody listens to here."""

    def __init__(
        self,
        bus: Bus,
        read: Read,
        *,
        read_private: ReadPrivate | None = None,
        max_listeners: int,
        check_seconds: float,
    ) -> None:
        self._bus, self._read, self._read_private = bus, read, read_private
        self._max_listeners, self._check_seconds = max_listeners, check_seconds
        self._topics: dict[tuple[str, Private | None], Topic] = {}
        self._listeners, self._asked, self._ended = 0, False, False
        self._wake = asyncio.Event()

    @asynccontextmanager
    async def topic(self, name: str, private: Private | None = None) -> AsyncIterator[Topic]:
        """The topic, with a state; `private`: as one listener may see it. Raises `Unavailable` when too many listen,
        and what the reading raises.
        """
        await self._ask()
        if self._ended or self._listeners >= self._max_listeners:
            raise Unavailable
        self._listeners += 1
        LISTENERS.inc()
        topic = self._topics.get((name, private))
        if topic is None:
            topic = self._topics[name, private] = self._made(name, private)
        topic.listeners += 1
        try:
            await topic.ready()
            yield topic
        finally:
            await self._leave((name, private), topic)

    def _made(self, name: str, private: Private | None) -> Topic:
        if private is None:
            return Topic(name, self._bus, partial(self._read, name), look=self._wake.set, private=False)
        assert self._read_private is not None, "nothing here is private"
        return Topic(name, self._bus, partial(self._read_private, private), look=self._wake.set, private=True)

    async def _leave(self, key: tuple[str, Private | None], topic: Topic) -> None:
        self._listeners -= 1
        LISTENERS.dec()
        topic.listeners -= 1
        if not topic.listeners:
            del self._topics[key]  # before anything is awaited: who comes now begins anew
            await topic.close()

    def end(self) -> None:
        """All streams end, and there are no new ones: the process is about to stop."""
        self._ended = True
        for topic in self._topics.values():
            topic.end()

    async def run(self) -> None:
        """Until cancelled: reads again what may have been missed. So it is after the connection was lost, when a
        service says so, and, because NATS promises nothing, every `check_seconds`.
        """
        loop = asyncio.get_running_loop()
        reconnects, checked = self._bus.reconnects, loop.time()
        while True:
            if self._bus.connected:
                if reconnects != self._bus.reconnects or loop.time() - checked >= self._check_seconds:
                    reconnects, checked = self._bus.reconnects, loop.time()
                    self._doubt()
                try:
                    await self._check()
                except Exception as error:
                    log.warning("live.check_failed", error=telemetry.kind(error), exc_info=error)
            with suppress(TimeoutError):
                async with asyncio.timeout(TICK_SECONDS):
                    await self._wake.wait()
            self._wake.clear()

    async def _ask(self) -> None:
        """To be told, before the first topic is read, when something is to be read again."""

        async def again(_: Msg) -> None:
            self._doubt()
            self._wake.set()

        if not self._asked:
            self._asked = True
            try:
                await subscribe(self._bus, AGAIN, again)
            except Unavailable:
                self._asked = False
                raise

    def _doubt(self) -> None:
        for topic in self._topics.values():
            topic.stale = True

    async def _check(self) -> None:
        """One after the other, and no further when nobody answers."""
        for topic in [topic for topic in self._topics.values() if topic.stale]:
            if not await topic.check():
                return
