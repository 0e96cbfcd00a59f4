"""Live states: everybody sees the newest one, once, whatever NATS loses and however slow a listener is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from services import live
from services.bus import Bus
from services.errors import NotFound, Unavailable
from services.live import Hub, Publisher, State, frame, subject
from services.tasks import end
from services.testing import Stack, eventually
from tests.services.world import Fragile

HALL = "/api/v1/halls/one"


class Source:
    """Owns a resource, as a service does: it can be read, and its changes are told."""

    def __init__(self, bus: Bus) -> None:
        self.state = State(1, b'{"number":1}')
        self.reads: list[int | None] = []
        self.refusal: type[Exception] | None = None
        self.publisher = Publisher(bus)

    async def read(self, topic: str, known: int | None) -> State | None:
        self.reads.append(known)
        if self.refusal:
            raise self.refusal
        return None if known == self.state.version else self.state

    def change(self) -> int:
        number = self.state.version + 1
        self.state = State(number, b'{"number":%d}' % number)
        return number

    async def tell(self) -> None:
        await self.publisher.publish({HALL: self.state})


class Screen:
    """A listener that notes what it is sent."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []

    async def watch(self, hub: Hub, *, last_id: str | None = None, heartbeat_seconds: float = 60) -> None:
        async with hub.topic(HALL) as topic:
            async for piece in topic.frames(last_id, heartbeat_seconds=heartbeat_seconds):
                self.frames.append(piece)

    @property
    def versions(self) -> list[int]:
        return [int(piece.split(b"\n")[0][4:]) for piece in self.frames if piece.startswith(b"id: ")]

    async def shows(self, version: int) -> bool:
        return bool(self.versions) and self.versions[-1] == version

    async def shown(self, version: int) -> None:
        await eventually(lambda: self.shows(version))


@asynccontextmanager
async def watching(hub: Hub, *screens: Screen, **how: Any) -> AsyncIterator[list[asyncio.Task[None]]]:
    tasks = [asyncio.create_task(screen.watch(hub, **how)) for screen in screens]
    try:
        yield tasks
    finally:
        await end(tasks)


@asynccontextmanager
async def hub_of(bus: Bus, source: Source, **more: Any) -> AsyncIterator[Hub]:
    hub = Hub(bus, source.read, **{"max_listeners": 1000, "check_seconds": 60.0, **more})
    running = asyncio.create_task(hub.run())
    try:
        yield hub
    finally:
        await end([running])


@asynccontextmanager
async def bus_of(url: str) -> AsyncIterator[Bus]:
    bus = Bus(url, name="other")
    await bus.start()
    try:
        yield bus
    finally:
        await bus.stop()


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        ("/api/v1/halls/one", "live.api.v1.halls.one"),
        ("/api/v1/halls/a.b", "live.api.v1.halls.a%2Eb"),
        ("/api/v1/halls/*", "live.api.v1.halls.%2A"),
        ("/api/v1/halls/a b>", "live.api.v1.halls.a%20b%3E"),
        ("/api/v1/halls/зал", "live.api.v1.halls.%D0%B7%D0%B0%D0%BB"),
    ],
)
def test_a_topic_is_one_subject_whatever_its_letters(topic: str, expected: str) -> None:
    """No name can listen to more than itself."""
    assert subject(topic) == expected


def test_a_state_of_several_lines_is_one_event() -> None:
    """Server-sent events give each line a field of its own."""
    assert frame(State(7, b"a\nb")) == b"id: 7\ndata: a\ndata: b\n\n"


async def test_hundreds_of_listeners_cost_one_subscription_and_one_reading(stack: Stack, bus: Bus) -> None:
    """Each sees the state and every change, and nothing is read again."""
    async with bus_of(stack.servers.nats_url) as own:
        source = Source(bus)
        async with hub_of(own, source) as hub:
            screens = [Screen() for _ in range(300)]
            async with watching(hub, *screens):
                await asyncio.gather(*(screen.shown(1) for screen in screens))
                await source.publisher.publish({})  # the first says: read again
                await eventually(lambda: is_true(source.reads == [None, 1]))
                for _ in range(5):
                    version = source.change()
                    await source.tell()
                    await asyncio.gather(*(screen.shown(version) for screen in screens))
                assert subscriptions(own) == ["live", "live.api.v1.halls.one"]
            assert source.reads == [None, 1]
            assert {tuple(screen.versions) for screen in screens} == {(1, 2, 3, 4, 5, 6)}
            await eventually(lambda: is_true(subscriptions(own) == ["live"]))


def subscriptions(bus: Bus) -> list[str]:
    return sorted(one.subject for one in bus.nc._subs.values() if one.subject.startswith("live"))


async def is_true(value: bool) -> bool:
    return value


async def test_the_first_piece_says_when_to_come_again(bus: Bus) -> None:
    """Not all at the same moment."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screens = [Screen() for _ in range(20)]
        async with watching(hub, *screens):
            await asyncio.gather(*(screen.shown(1) for screen in screens))
    waits = {int(screen.frames[0].removeprefix(b"retry: ")) for screen in screens}
    assert len(waits) > 1
    assert min(waits) >= 1000
    assert max(waits) <= 3000


@pytest.mark.parametrize(
    ("last_id", "expected"), [("1", [2]), ("0", [1, 2]), ("99", [1, 2]), ("x", [1, 2]), ("²", [1, 2])]
)
async def test_who_knows_the_state_is_not_sent_it_again(bus: Bus, last_id: str, expected: list[int]) -> None:
    """Any other id, also a later one or none at all, gets the state as it is."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screen = Screen()
        async with watching(hub, screen, last_id=last_id):
            await eventually(lambda: is_true(bool(screen.frames)))
            source.change()
            await source.tell()
            await screen.shown(2)
    assert screen.versions == expected


async def test_a_quiet_stream_gets_heartbeats(bus: Bus) -> None:
    """Comments, which no client takes for an event."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screen = Screen()
        async with watching(hub, screen, heartbeat_seconds=0.05):
            await eventually(lambda: is_true(screen.frames[2:5] == [b":\n\n"] * 3))
    assert screen.versions == [1]


async def test_a_slow_listener_skips_to_the_newest_state(bus: Bus) -> None:
    """It holds nobody up, and nothing is kept for it."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        quick = Screen()
        async with watching(hub, quick), hub.topic(HALL) as topic:
            slow = topic.frames(None, heartbeat_seconds=60)
            assert (await anext(slow)).startswith(b"retry")
            assert await anext(slow) == b'id: 1\ndata: {"number":1}\n\n'
            for _ in range(50):
                source.change()
                await source.tell()
                await quick.shown(source.state.version)
            assert await anext(slow) == b'id: 51\ndata: {"number":51}\n\n'
            await slow.aclose()
    assert quick.versions == list(range(1, 52))


async def test_an_older_state_that_comes_later_is_not_shown(bus: Bus) -> None:
    """A reading that was overtaken by the news."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)
            await source.publisher.publish({HALL: State(5, b"{}")})
            await screen.shown(5)
            await source.publisher.publish({HALL: State(4, b"{}")})
            await source.publisher.publish({HALL: State(6, b"{}")})
            await screen.shown(6)
    assert screen.versions == [1, 5, 6]


async def test_lost_news_are_read_after_a_while(bus: Bus) -> None:
    """NATS core promises nothing: every so often the resource is asked for, and only a change is sent."""
    source = Source(bus)
    async with hub_of(bus, source, check_seconds=0.01) as hub:
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)
            source.change()
            await screen.shown(2)
            await eventually(lambda: is_true(source.reads[-1] == 2))
    assert screen.versions == [1, 2]


async def test_a_new_publisher_makes_everybody_read_again(bus: Bus) -> None:
    """The process that led before it may have died between a change and its telling."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)
            source.change()
            await Publisher(bus).publish({})
            await screen.shown(2)


async def test_a_refusal_goes_to_the_listener_and_is_not_remembered(bus: Bus) -> None:
    """Nothing stays behind: the next one asks again."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        for refusal in (NotFound, Unavailable):
            source.refusal = refusal
            with pytest.raises(refusal):
                await Screen().watch(hub)
        source.refusal = None
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)


async def test_a_service_that_is_away_is_asked_until_it_answers(bus: Bus) -> None:
    """Meanwhile the last state stays on the screens."""
    source = Source(bus)
    async with hub_of(bus, source, check_seconds=0.01) as hub:
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)
            source.refusal = Unavailable
            asked = len(source.reads)
            await eventually(lambda: is_true(len(source.reads) > asked))
            source.change()
            source.refusal = None
            await screen.shown(2)


async def test_no_more_listeners_than_allowed(bus: Bus) -> None:
    """The next one is refused until somebody leaves."""
    source = Source(bus)
    async with hub_of(bus, source, max_listeners=2) as hub:
        first, second = Screen(), Screen()
        async with watching(hub, first):
            await first.shown(1)
            async with watching(hub, second):
                await second.shown(1)
                with pytest.raises(Unavailable):
                    await Screen().watch(hub)
            async with watching(hub, second):
                await second.shown(1)


async def test_at_the_end_all_streams_end(bus: Bus) -> None:
    """By themselves and at once; nobody new is let in."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        screens = [Screen(), Screen()]
        async with watching(hub, *screens) as tasks:
            await asyncio.gather(*(screen.shown(1) for screen in screens))
            hub.end()
            await asyncio.wait_for(asyncio.gather(*tasks), 2)
            with pytest.raises(Unavailable):
                await Screen().watch(hub)


async def test_a_stream_has_a_longest_life(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    """Then its listener comes again, perhaps to another gateway."""
    monkeypatch.setattr(live, "LIFE_SECONDS", 0.05)
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        await asyncio.wait_for(Screen().watch(hub, heartbeat_seconds=0.02), 5)


async def test_one_who_leaves_while_it_opens_disturbs_nobody(bus: Bus) -> None:
    """Who came second does not depend on who came first."""
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        first, second = Screen(), Screen()
        leaving = asyncio.create_task(first.watch(hub))
        async with watching(hub, second):
            await asyncio.sleep(0)
            leaving.cancel()
            await second.shown(1)


async def test_after_a_reconnect_the_missed_changes_are_shown(fragile: Fragile) -> None:
    """NATS stops and starts again: the subscription is there again, and what happened meanwhile is read."""
    async with bus_of(fragile.servers.nats_url) as own, bus_of(fragile.servers.nats_url) as theirs:
        source = Source(theirs)
        await source.publisher.publish({})
        async with hub_of(own, source) as hub:
            screen = Screen()
            async with watching(hub, screen):
                await screen.shown(1)
                await fragile.stop("nats")
                await eventually(lambda: is_true(not own.connected and not theirs.connected))
                source.change()
                with pytest.raises(Unavailable):
                    await source.tell()
                with pytest.raises(Unavailable):
                    await Publisher(own).publish({})
                await fragile.start("nats")
                await screen.shown(2)
                source.change()
                await eventually(lambda: is_true(theirs.connected))
                await source.tell()
                await screen.shown(3)


async def test_without_nats_there_are_no_streams_yet(stack: Stack) -> None:
    """A gateway that has just started refuses until it is connected."""
    bus = Bus(stack.servers.nats_url, name="early")
    source = Source(bus)
    async with hub_of(bus, source) as hub:
        with pytest.raises(Unavailable):
            await Screen().watch(hub)
        await bus.start()
        screen = Screen()
        async with watching(hub, screen):
            await screen.shown(1)
    await bus.stop()
