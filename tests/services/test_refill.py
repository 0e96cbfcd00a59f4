"""NATS may lose everything: the outbox is the archive from which streams are filled again (design.md §6)."""

from __future__ import annotations

import asyncio
import secrets
import shutil
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import ClassVar

import pytest

from services.bus import STREAM_MAX_AGE_SECONDS, Bus
from services.clock import FixedClock
from services.contracts import Event
from services.db import Db
from services.testing import eventually
from tests.services.test_consumer import become, consuming
from tests.services.test_outbox import all_sent, numbers, relaying
from tests.services.world import Fragile, Happened, effects, make_tables, note, tell


@pytest.fixture
async def own(fragile: Fragile, clock: FixedClock) -> AsyncIterator[tuple[Bus, Db]]:
    """A bus and a database on servers of this file's own."""
    url = await fragile.servers.create_database(f"refill_{secrets.token_hex(4)}")
    await make_tables(url)
    db, bus = Db(url), Bus(fragile.servers.nats_url, name="test")
    await db.start()
    await bus.start()
    yield bus, db
    await bus.stop()
    await db.stop()


async def wipe(fragile: Fragile) -> None:
    """NATS dies, and its disk is new when it comes back."""
    nats = fragile.child("nats")
    await nats.kill()
    shutil.rmtree(fragile.servers._nats._home / "nats")
    await fragile.start("nats")


async def test_a_wiped_nats_is_filled_again(fragile: Fragile, own: tuple[Bus, Db], clock: FixedClock) -> None:
    """Without any new event; what the consumer had not had arrives, what it had had has no second effect."""
    bus, db = own
    async with relaying(bus, db, clock):
        async with consuming(bus, db, clock, {Happened: note}):
            await tell(db, Happened(number=1), now=clock.now())
            await become(db, [1])
        await tell(db, Happened(number=2), Happened(number=3), now=clock.now())
        await eventually(lambda: all_sent(db))
        await wipe(fragile)
        async with consuming(bus, db, clock, {Happened: note}):
            await become(db, [1, 2, 3])
            await tell(db, Happened(number=4), now=clock.now())
            await become(db, [1, 2, 3, 4])
    assert sorted(await numbers(bus)) == [1, 2, 3, 4]


async def test_a_consumer_that_is_at_work_survives_a_wipe(
    fragile: Fragile, own: tuple[Bus, Db], clock: FixedClock
) -> None:
    """Whoever makes the stream anew, the consumer or the relay: all events have their effect once."""
    bus, db = own
    reader = Bus(fragile.servers.nats_url, name="reader")
    await reader.start()
    async with relaying(bus, db, clock), consuming(reader, db, clock, {Happened: note}):
        for number in range(60):
            await tell(db, Happened(number=number), now=clock.now())
            if number in (20, 40):
                await wipe(fragile)
            await asyncio.sleep(0.01)
        await eventually(lambda: _count(db, 60), seconds=20)
    await reader.stop()
    assert sorted(await effects(db)) == list(range(60))


async def _count(db: Db, number: int) -> bool:
    return len(await effects(db)) >= number


async def test_another_leader_does_not_fill_a_whole_stream_again(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The stream itself remembers that it has the archive."""
    for number in range(3):
        async with relaying(bus, db, clock):
            await tell(db, Happened(number=number), now=clock.now())
            await eventually(lambda: all_sent(db))
    assert await numbers(bus) == [0, 1, 2]


async def test_only_what_a_stream_keeps_goes_out_again(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Inboxes know the last 60 days: what is older than a stream's 30 must not come as if new."""
    age = timedelta(seconds=STREAM_MAX_AGE_SECONDS)
    await tell(db, Happened(number=1), now=clock.now() - age - timedelta(seconds=1))
    await tell(db, Happened(number=2), now=clock.now() - age)
    await db.hot("UPDATE outbox SET published_at = created_at")
    async with relaying(bus, db, clock):
        await eventually(lambda: _has(bus, [2]))
        await asyncio.sleep(0.1)
    assert await numbers(bus) == [2]


async def _has(bus: Bus, expected: list[int]) -> bool:
    return await numbers(bus) == expected


async def test_a_stream_that_was_deleted_and_made_anew_is_noticed(
    bus: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By hand, while nothing is told and no connection breaks: the next look finds it without the mark."""
    monkeypatch.setattr("services.outbox.LOOK_SECONDS", 0.2)
    async with relaying(bus, db, clock):
        await tell(db, Happened(number=1), now=clock.now())
        await eventually(lambda: all_sent(db))
        await bus.js.delete_stream("PROBE")
        await bus.js.add_stream(name="PROBE", subjects=["probe.*.*"], max_age=60)
        await eventually(lambda: _has(bus, [1]))
    assert (await bus.js.stream_info("PROBE")).config.max_age == 60


class Elsewhere(Event):
    """An event of another owner, with a stream of its own."""

    subject: ClassVar[str] = "elsewhere.happened.v1"
    number: int


async def test_each_stream_is_filled_by_itself(
    bus: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first event of another owner sends nothing old again; a lost stream takes nothing of the other's along."""
    monkeypatch.setattr("services.outbox.LOOK_SECONDS", 0.2)
    async with relaying(bus, db, clock):
        await tell(db, Happened(number=1), now=clock.now())
        await eventually(lambda: all_sent(db))
        await tell(db, Elsewhere(number=2), now=clock.now())
        await eventually(lambda: all_sent(db))
        assert await messages(bus) == {"ELSEWHERE": 1, "PROBE": 1}
        await bus.js.delete_stream("PROBE")
        await eventually(lambda: _has(bus, [1]))
    assert await messages(bus) == {"ELSEWHERE": 1, "PROBE": 1}


async def messages(bus: Bus) -> dict[str, int]:
    return {str(info.config.name): info.state.messages for info in await bus.js.streams_info()}
