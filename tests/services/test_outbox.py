"""Events leave through the outbox: in order, never lost, whatever happens to NATS, the leader or a late commit."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

import asyncpg
import pytest

from services import telemetry
from services.bus import Bus, Pack
from services.clock import FixedClock
from services.contracts import Event
from services.db import Db
from services.local.servers import Servers
from services.outbox import MAX_EVENT_CHARACTERS, PACK, Relay, _wait, emit, ensure_partitions, pack, row
from services.tasks import end
from services.testing import MORNING, eventually
from tests.services.world import Ended, Fragile, Happened, make_tables, tell


@asynccontextmanager
async def relaying(bus: Bus, db: Db, clock: FixedClock) -> AsyncIterator[asyncpg.Connection[Any]]:
    """A relay on a connection of its own, as the leader runs it."""
    connection = await db.connect()
    task = asyncio.create_task(Relay(bus, clock).run(connection))
    try:
        yield connection
    finally:
        await end([task])
        connection.terminate()


async def published(bus: Bus, stream: str = "PROBE") -> list[dict[str, Any]]:
    """All events of a stream, in the order in which NATS keeps them."""
    found: list[dict[str, Any]] = []
    state = (await bus.js.stream_info(stream)).state
    for sequence in range(state.first_seq, state.last_seq + 1):
        found += json.loads((await bus.js.get_msg(stream, sequence)).data or b"[]")
    return found


async def numbers(bus: Bus) -> list[int]:
    try:
        return [event["data"]["number"] for event in await published(bus)]
    except Exception:
        return []


async def waiting(db: Db) -> int:
    return int((await db.hot("SELECT count(*) FROM outbox WHERE published_at IS NULL"))[0][0])


async def all_sent(db: Db) -> bool:
    return await waiting(db) == 0


async def test_an_event_is_published_as_a_cloud_event(bus: Bus, db: Db, clock: FixedClock) -> None:
    """CloudEvents 1.0 with the type, the time of the clock and the trace of the request that caused it."""
    trace = telemetry.start_trace(None)
    await tell(db, Happened(number=7), now=clock.now())
    async with relaying(bus, db, clock):
        await eventually(lambda: all_sent(db))
    [event] = await published(bus)
    assert event.pop("id")
    assert event.pop("traceparent").split("-")[1] == trace
    assert event == {
        "specversion": "1.0",
        "source": "/probe",
        "type": "probe.happened.v1",
        "time": MORNING.isoformat(),
        "datacontenttype": "application/json",
        "data": {"number": 7},
    }


async def test_events_of_a_transaction_that_rolls_back_never_leave(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The outbox row lives and dies with what it tells of."""

    async def fail() -> None:
        async with db.begin() as session:
            await emit(session, Happened(number=1), now=clock.now())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await tell(db, Happened(number=2), now=clock.now())
    async with relaying(bus, db, clock):
        await eventually(lambda: all_sent(db))
    assert await numbers(bus) == [2]


async def test_order_is_kept_over_subjects_and_packs(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Hundreds of events of two kinds arrive in the order in which they were told."""
    events = [(Ended if number % 50 > 45 else Happened)(number=number) for number in range(700)]
    await tell(db, *events, now=clock.now())
    async with relaying(bus, db, clock):
        await eventually(lambda: all_sent(db))
    assert await numbers(bus) == list(range(700))
    assert (await bus.js.stream_info("PROBE")).state.messages < 50, "runs of one subject travel together"


async def test_a_commit_wakes_the_relay(bus: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event leaves without waiting for the idle look."""
    monkeypatch.setattr("services.outbox.IDLE_SECONDS", 3600)
    async with relaying(bus, db, clock):
        await asyncio.sleep(0.1)
        for number in range(5):
            await tell(db, Happened(number=number), now=clock.now())
            await eventually(lambda: all_sent(db))


async def test_a_late_commit_with_a_smaller_id_is_not_lost(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Ids are given before they commit: a slow transaction's events go out although greater ids went before."""
    insert = "INSERT INTO outbox (event_id, subject, envelope, created_at) VALUES ($1, $2, $3, $4)"
    slow = await db.connect()
    transaction = slow.transaction()
    await transaction.start()
    await slow.execute(insert, *row(Happened(number=1), now=clock.now()), clock.now())
    async with relaying(bus, db, clock):
        await tell(db, Happened(number=2), now=clock.now())
        await eventually(lambda: all_sent(db))
        await transaction.commit()
        await eventually(lambda: _has(bus, 2))
    await slow.close()
    assert sorted(await numbers(bus)) == [1, 2]


async def _has(bus: Bus, count: int) -> bool:
    return len(await numbers(bus)) >= count


async def test_when_the_stream_was_deleted_it_is_made_again(bus: Bus, db: Db, clock: FixedClock) -> None:
    """With the next event at the latest; and all that was in the stream is in it again (test_refill.py)."""
    async with relaying(bus, db, clock):
        await tell(db, Happened(number=1), now=clock.now())
        await eventually(lambda: all_sent(db))
        await bus.js.delete_stream("PROBE")
        await tell(db, Happened(number=2), now=clock.now())
        await eventually(lambda: all_sent(db))
    assert await numbers(bus) == [1, 2]


async def test_a_stream_that_an_operator_changed_stays_as_it_is(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Other settings of an existing stream (its age, its replicas) do not stop the events."""
    await bus.js.add_stream(name="PROBE", subjects=["probe.*.*"], max_age=60)
    await tell(db, Happened(number=1), now=clock.now())
    async with relaying(bus, db, clock):
        await eventually(lambda: all_sent(db))
    assert (await bus.js.stream_info("PROBE")).config.max_age == 60


async def test_a_pack_that_grew_between_two_attempts_is_not_taken_for_the_first(
    bus: Bus, db: Db, clock: FixedClock
) -> None:
    """The acknowledgement of a stored pack is lost, more events come, the next pack begins alike: none is dropped."""
    await tell(db, Happened(number=1), now=clock.now())
    stored = await db.hot("SELECT event_id, subject, envelope FROM outbox")
    assert await bus.publish(pack(stored)) == 1
    await tell(db, Happened(number=2), now=clock.now())
    async with relaying(bus, db, clock):
        await eventually(lambda: all_sent(db))
    assert await numbers(bus) == [1, 1, 2], "again is fine (the inbox knows), missing is not"


async def test_the_same_pack_twice_is_stored_once(bus: Bus, db: Db, clock: FixedClock) -> None:
    """NATS itself drops the repetition of the very same message."""
    await tell(db, Happened(number=1), Happened(number=2), now=clock.now())
    stored = await db.hot("SELECT event_id, subject, envelope FROM outbox ORDER BY id")
    assert await bus.publish(pack(stored)) == 2
    assert await bus.publish(pack(stored)) == 2
    assert await numbers(bus) == [1, 2]


async def test_the_count_ends_at_the_first_failure(bus: Bus, clock: FixedClock) -> None:
    """What NATS did not store, and everything after it, counts as not published."""
    first, second = (row(Happened(number=number), now=clock.now()) for number in (1, 2))
    await bus.ensure_stream("probe.happened.v1")
    bus._streams.add("NOWHERE")
    packs = [
        Pack("probe.happened.v1", "a", f"[{first.envelope}]".encode(), 1),
        Pack("nowhere.happened.v1", "b", b"[]", 1),
        Pack("probe.happened.v1", "c", f"[{second.envelope}]".encode(), 1),
    ]
    assert await bus.publish(packs) == 1


async def test_without_nats_nothing_is_marked_and_nothing_spins(
    fragile: Fragile, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While NATS is down events wait, a few looks per second; when it is back they leave, each of them."""
    url = await fragile.servers.create_database("outbox_nats")
    await make_tables(url)
    db, bus = Db(url), Bus(fragile.servers.nats_url, name="test")
    await db.start()
    await bus.start()
    looks: list[int] = []
    look = Relay._publish_some

    async def counted(self: Relay, connection: Any) -> tuple[int, int]:
        looks.append(1)
        return await look(self, connection)

    monkeypatch.setattr(Relay, "_publish_some", counted)
    async with relaying(bus, db, clock):
        await tell(db, Happened(number=0), now=clock.now())
        await eventually(lambda: all_sent(db))
        await fragile.stop("nats")
        await tell(db, *(Happened(number=number) for number in range(1, 1500)), now=clock.now())
        looks.clear()
        await asyncio.sleep(2)
        assert len(looks) <= 12
        assert await waiting(db) == 1499
        await fragile.start("nats")
        await eventually(lambda: all_sent(db), seconds=20)
    assert sorted(set(await numbers(bus))) == list(range(1500))
    await bus.stop()
    await db.stop()


@pytest.mark.parametrize("turns", range(6))
async def test_a_relay_hears_its_end_while_it_is_woken(turns: int) -> None:
    """A cancellation in the very moment of a notification is not lost, whichever comes first."""
    woken = asyncio.Event()

    async def wait() -> None:
        while True:
            woken.clear()
            await _wait(woken)

    waiting_task = asyncio.create_task(wait())
    await asyncio.sleep(0.01)
    woken.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    waiting_task.cancel()
    await asyncio.wait([waiting_task], timeout=3)
    assert waiting_task.cancelled()


async def test_a_relay_ends_when_its_connection_breaks(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The connection is the leadership: without it there is no publishing, and the caller hears of it."""
    connection = await db.connect()
    relay = asyncio.create_task(Relay(bus, clock).run(connection))
    await asyncio.sleep(0.1)
    await db.hot("SELECT pg_terminate_backend($1)", connection.get_server_pid())
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await asyncio.wait_for(relay, 5)
    connection.terminate()


def test_packs_are_bounded_in_number_and_size(clock: FixedClock) -> None:
    """A pack holds one subject, so many events, half a million characters; a longer event travels alone."""
    events = [Happened(number=number) for number in range(PACK + 5)] + [Ended(number=1), Happened(number=2)]
    rows = [row(event, now=clock.now())._asdict() for event in events]
    assert [item.events for item in pack(rows)] == [PACK, 5, 1, 1]
    long = [{**rows[0], "envelope": "x" * 300_000} for _ in range(3)] + [{**rows[0], "envelope": "x" * 900_000}]
    assert [item.events for item in pack(long)] == [1, 1, 1, 1]
    assert [item.subject for item in pack(rows)][1:] == ["probe.happened.v1", "probe.ended.v1", "probe.happened.v1"]
    assert pack([]) == []


def test_an_event_that_no_message_can_carry_is_refused_where_it_is_told(clock: FixedClock) -> None:
    """Better the transaction fails than that the outbox stands still for ever."""

    class Huge(Event):
        subject: ClassVar[str] = "probe.huge.v1"
        text: str

    with pytest.raises(ValueError, match="too large"):
        row(Huge(text="x" * MAX_EVENT_CHARACTERS), now=clock.now())


@pytest.fixture
async def archive(servers: Servers) -> AsyncIterator[Db]:
    """A database of its own: partitions stay."""
    url = await servers.create_database(f"archive_{secrets.token_hex(4)}")
    await make_tables(url)
    db = Db(url)
    await db.start()
    yield db
    await db.stop()


async def _partitions(db: Db) -> list[str]:
    parent = "SELECT inhrelid::regclass::text AS name FROM pg_inherits WHERE inhparent = 'outbox'::regclass ORDER BY 1"
    return [found["name"] for found in await db.hot(parent) if found["name"] != "outbox_default"]


async def test_the_archive_has_a_partition_for_each_month(archive: Db, clock: FixedClock) -> None:
    """This month and the next two, over the end of the year; a second look changes nothing."""
    await ensure_partitions(archive, clock.now())
    await ensure_partitions(archive, clock.now())
    assert await _partitions(archive) == ["outbox_2026_11", "outbox_2026_12", "outbox_2027_01"]
    await tell(archive, Happened(number=1), now=clock.now())
    assert (await archive.hot("SELECT count(*) FROM outbox_2026_11"))[0][0] == 1


async def test_a_month_that_began_without_its_partition_stays_in_the_default_one(
    archive: Db, clock: FixedClock
) -> None:
    """Events of a month without a partition are kept, and the months after it get theirs."""
    await tell(archive, Happened(number=1), now=datetime(2026, 12, 31, 23, 59, 59, tzinfo=clock.now().tzinfo))
    await ensure_partitions(archive, clock.now())
    assert await _partitions(archive) == ["outbox_2026_11", "outbox_2027_01"]
    assert (await archive.hot("SELECT count(*) FROM outbox_default"))[0][0] == 1
    await tell(archive, Happened(number=2), now=clock.now() + timedelta(days=30))
    assert await waiting(archive) == 2
