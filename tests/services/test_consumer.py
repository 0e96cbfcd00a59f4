"""Events arrive: each once in effect, whatever comes twice, late, broken or in bad company."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services import consumer as module
from services.bus import Bus, Pack
from services.clock import FixedClock
from services.consumer import Batch, Consumer, Later, Never, Table, Told
from services.contracts import Event
from services.db import Db
from services.outbox import pack, row
from services.tasks import end
from services.testing import MORNING, Stack, eventually
from tests.services.test_outbox import relaying
from tests.services.world import Ended, Fragile, Happened, effects, make_tables, note, seconds_for, tell

SUBJECT = "probe.happened.v1"


@asynccontextmanager
async def consuming(bus: Bus, db: Db, clock: FixedClock, table: Table | Batch) -> AsyncIterator[Consumer]:
    consumer = Consumer(bus, db, clock, service="reader_svc", table=table)
    tasks = consumer.start()
    try:
        yield consumer
    finally:
        await end(tasks)


async def send(bus: Bus, *events: Event, **more: Any) -> None:
    """Publishes the events as the relay does; `more` are further members of the envelopes."""
    rows = [row(event, now=MORNING)._asdict() for event in events]
    for entry in rows:
        entry["envelope"] = json.dumps({**json.loads(entry["envelope"]), **more})
    for item in pack(rows):
        await raw(bus, item.body, subject=item.subject)


async def raw(bus: Bus, body: bytes, *, subject: str = SUBJECT) -> None:
    assert await bus.publish([Pack(subject, uuid4().hex, body, 1)]) == 1


async def become(db: Db, numbers: Sequence[int], *, seconds: float = 10) -> None:
    """Waits until exactly these effects are there, in this order."""

    async def there() -> bool:
        return await effects(db) == list(numbers)

    await eventually(there, seconds=seconds)


async def letters(db: Db) -> list[dict[str, Any]]:
    return [dict(found) for found in await db.hot("SELECT * FROM dead_letter ORDER BY at, event_id")]


async def settled(bus: Bus) -> bool:
    """Whether the server has nothing left to deliver or to have acknowledged."""
    info = await bus.js.consumer_info("PROBE", "reader_svc")
    return not (info.num_pending or info.num_ack_pending)


async def test_events_have_their_effects_in_order(bus: Bus, db: Db, clock: FixedClock) -> None:
    """From the outbox of one service to the tables of another, in the order in which they were told."""
    async with relaying(bus, db, clock), consuming(bus, db, clock, {Happened: note}):
        for start in range(0, 300, 100):
            await tell(db, *(Happened(number=number) for number in range(start, start + 100)), now=clock.now())
        await become(db, range(300))
        await eventually(lambda: settled(bus))


async def test_a_lone_event_is_not_delayed(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Nobody waits for a batch to fill."""
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Happened(number=0))
        await become(db, [0])
        for number in range(1, 4):
            await send(bus, Happened(number=number))
            assert await seconds_for(become(db, range(number + 1))) < 3


async def test_a_pack_is_one_call_and_one_transaction(bus: Bus, db: Db, clock: FixedClock) -> None:
    """A handler gets all events of its type that travelled together."""
    calls: list[int] = []

    async def handle(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        assert now == MORNING
        calls.append(len(events))
        await note(session, events, now=now)

    async with consuming(bus, db, clock, {Happened: handle}):
        await send(bus, *(Happened(number=number) for number in range(50)))
        await become(db, range(50))
    assert calls == [50]


async def test_the_same_message_twice_has_one_effect(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The same event published again under another message id is known by its own id."""
    body = f"[{row(Happened(number=1), now=MORNING).envelope}]".encode()
    async with consuming(bus, db, clock, {Happened: note}):
        for _ in range(3):
            await raw(bus, body)
        await send(bus, Happened(number=2))
        await become(db, [1, 2])
        await eventually(lambda: settled(bus))
    assert await effects(db) == [1, 2]


async def test_one_event_twice_in_a_pack_has_one_effect(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Also within one message."""
    one = row(Happened(number=1), now=MORNING).envelope
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, f"[{one},{one}]".encode())
        await send(bus, Happened(number=2))
        await become(db, [1, 2])


async def test_a_pack_that_comes_again_with_more_in_it_adds_only_the_new(bus: Bus, db: Db, clock: FixedClock) -> None:
    """After a lost acknowledgement the relay may send old events together with new ones."""
    old, new = (row(Happened(number=number), now=MORNING).envelope for number in (1, 2))
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, f"[{old}]".encode())
        await raw(bus, f"[{old},{new}]".encode())
        await become(db, [1, 2])
        await eventually(lambda: settled(bus))


async def test_an_unknown_field_is_no_hindrance(bus: Bus, db: Db, clock: FixedClock) -> None:
    """A newer writer may say more than we understand, in the event and in its envelope."""
    envelope = json.loads(row(Happened(number=1), now=MORNING).envelope)
    envelope["data"]["colour"] = {"deep": ["red"]}
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, json.dumps([{**envelope, "subject": "x", "extension": 7}]).encode())
        await become(db, [1])
    assert await letters(db) == []


async def test_an_event_type_that_nobody_wants_is_passed_over(bus: Bus, db: Db, clock: FixedClock) -> None:
    """An unknown type in a pack, or a known one that we do not read, is no error."""
    stranger = json.loads(row(Happened(number=9), now=MORNING).envelope) | {"type": "probe.happened.v9"}
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Ended(number=5))
        await raw(bus, json.dumps([stranger]).encode())
        await send(bus, Happened(number=1))
        await become(db, [1])
        await eventually(lambda: settled(bus))
    assert await letters(db) == []


async def test_a_single_envelope_is_taken_as_well_as_a_batch(bus: Bus, db: Db, clock: FixedClock) -> None:
    """CloudEvents in structured mode: one object."""
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, row(Happened(number=1), now=MORNING).envelope.encode())
        await become(db, [1])


def _envelope(**changes: Any) -> bytes:
    kept = {**json.loads(row(Happened(number=1), now=MORNING).envelope), **changes}
    return json.dumps([{name: value for name, value in kept.items() if value is not ...}]).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff\xfe\x00",
        b"7",
        b"null",
        b'"text"',
        b"[[]]",
        b"[7]",
        b"{}",
        b"[" * 200_000,
        b'{"id": "\\u0000", "type": "x"}',
        _envelope(id="no uuid"),
        _envelope(id=7),
        _envelope(id=...),
        _envelope(type=...),
        b"not\x00json",
    ],
)
async def test_what_is_no_event_is_kept_as_a_dead_letter(bus: Bus, db: Db, clock: FixedClock, body: bytes) -> None:
    """A message that cannot be read is put aside once, and the next one is applied."""
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, body)
        await send(bus, Happened(number=2))
        await become(db, [2])
        await eventually(lambda: settled(bus))
    [letter] = await letters(db)
    assert (letter["subject"], letter["at"]) == (SUBJECT, MORNING)
    assert letter["reason"].startswith("not a CloudEvent")


@pytest.mark.parametrize(
    "changes", [{"data": ...}, {"data": {}}, {"data": {"number": "x"}}, {"data": [1]}, {"data": None}]
)
async def test_data_of_another_shape_is_a_dead_letter_at_once(
    bus: Bus, db: Db, clock: FixedClock, changes: dict[str, Any]
) -> None:
    """No repetition mends it; what was sent is kept, but the reason does not repeat it."""
    async with consuming(bus, db, clock, {Happened: note}):
        await raw(bus, _envelope(**changes))
        await send(bus, Happened(number=2))
        await become(db, [2])
    [letter] = await letters(db)
    assert letter["reason"] == "Never: invalid data"
    assert json.loads(letter["envelope"])["type"] == SUBJECT


async def _picky(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
    await note(session, events, now=now)
    if any(event.number == 13 for event in events):
        raise ValueError("13 brings bad luck")


async def test_a_poisoned_event_does_not_spoil_its_pack(
    bus: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The others of its pack are applied at once; it is tried again, then it is a dead letter, and has no effect."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    async with consuming(bus, db, clock, {Happened: _picky}):
        await send(bus, *(Happened(number=number) for number in range(11, 16)))
        await become(db, [11, 12, 14, 15])
        await eventually(lambda: _buried(db, 1), seconds=30)
        await eventually(lambda: settled(bus), seconds=30)
    [letter] = await letters(db)
    assert json.loads(letter["envelope"])["data"] == {"number": 13}
    assert letter["reason"] == "ValueError", "the message of an error may hold personal data"
    assert await effects(db) == [11, 12, 14, 15]


async def _buried(db: Db, count: int) -> bool:
    return len(await letters(db)) == count


async def test_a_failure_that_passes_leaves_no_dead_letter(
    bus: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Retried until it works; a failed attempt leaves nothing behind."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    attempts: list[int] = []

    async def unlucky(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        await note(session, events, now=now)
        attempts.append(1)
        if len(attempts) < module.ATTEMPTS:
            raise RuntimeError

    async with consuming(bus, db, clock, {Happened: unlucky}):
        await send(bus, Happened(number=1))
        await become(db, [1])
        await eventually(lambda: settled(bus))
    assert (len(attempts), await letters(db)) == (module.ATTEMPTS, [])


async def test_never_is_a_dead_letter_without_another_attempt(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The handler's own words are the reason."""
    attempts: list[int] = []

    async def refuse(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        attempts.append(1)
        raise Never("no such centre")

    async with consuming(bus, db, clock, {Happened: refuse}):
        await send(bus, Happened(number=1))
        await eventually(lambda: _buried(db, 1))
        await eventually(lambda: settled(bus))
    assert [letter["reason"] for letter in await letters(db)] == ["Never: no such centre"]
    assert attempts == [1]


async def test_later_comes_again_after_its_time_as_often_as_needed(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Postponing is not failing: no number of times makes a dead letter of it."""
    moments: list[float] = []

    async def wait(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        moments.append(asyncio.get_running_loop().time())
        if len(moments) <= module.ATTEMPTS + 2:
            raise Later(0.1)
        await note(session, events, now=now)

    async with consuming(bus, db, clock, {Happened: wait}):
        await send(bus, Happened(number=1))
        await become(db, [1])
    gaps = [after - before for before, after in itertools.pairwise(moments)]
    assert min(gaps) >= 0.1
    assert await letters(db) == []


async def test_an_event_that_waits_does_not_hold_up_its_pack(bus: Bus, db: Db, clock: FixedClock) -> None:
    """`Later` for one event of a pack concerns that one only."""
    turns: list[int] = []

    async def handle(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        if any(event.number == 2 for event in events) and len(turns) < 2:
            turns.append(1)
            raise Later(0.2)
        await note(session, events, now=now)

    async with consuming(bus, db, clock, {Happened: handle}):
        await send(bus, *(Happened(number=number) for number in (1, 2, 3)))
        await become(db, [1, 3])
        await become(db, [1, 3, 2])


async def test_two_processes_share_the_events(bus: Bus, db: Db, stack: Stack, clock: FixedClock) -> None:
    """Two processes of one service apply each event once, together."""
    second = Bus(stack.servers.nats_url, name="second")
    await second.start()
    seen: dict[str, list[int]] = {"first": [], "second": []}

    def by(name: str) -> Table:
        async def handle(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
            seen[name] += [event.number for event in events]
            await note(session, events, now=now)

        return {Happened: handle}

    async with consuming(bus, db, clock, by("first")), consuming(second, db, clock, by("second")):
        for number in range(200):
            await send(bus, Happened(number=number))
        await eventually(lambda: _sorted(db, 200))
    assert seen["first"]
    assert seen["second"]
    await second.stop()


async def _sorted(db: Db, count: int) -> bool:
    return sorted(await effects(db)) == list(range(count))


async def test_after_a_wiped_nats_events_come_in_again(bus: Bus, db: Db, clock: FixedClock) -> None:
    """Stream and consumer are made again; what was applied before stays applied once."""
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Happened(number=1))
        await become(db, [1])
        await bus.js.delete_stream("PROBE")
        await asyncio.sleep(0.1)
        bus.forget_streams()
        await send(bus, Happened(number=2))
        await become(db, [1, 2])


async def test_a_consumer_that_was_deleted_is_made_again(bus: Bus, db: Db, clock: FixedClock) -> None:
    """It starts from the beginning of the stream, and the inbox knows what was applied."""
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Happened(number=1))
        await become(db, [1])
        await bus.js.delete_consumer("PROBE", "reader_svc")
        await send(bus, Happened(number=2))
        await become(db, [1, 2])


async def test_a_new_version_may_read_more_events(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The durable consumer is changed to the subjects of the new table: from then on they come as well."""
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Ended(number=7))
        await send(bus, Happened(number=1))
        await become(db, [1])
    async with consuming(bus, db, clock, {Happened: note, Ended: note}):
        await send(bus, Ended(number=2))
        await eventually(lambda: _among(db, 2))


async def _among(db: Db, number: int) -> bool:
    return number in await effects(db)


async def test_an_interrupted_process_gives_back_at_once_what_it_took(bus: Bus, db: Db, clock: FixedClock) -> None:
    """A stop in the middle of an event leaves no effect, and another process has the events right away."""
    entered = asyncio.Event()

    async def stuck(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        await note(session, events, now=now)
        entered.set()
        await asyncio.sleep(60)

    async with consuming(bus, db, clock, {Happened: stuck}):
        for number in range(5):
            await send(bus, Happened(number=number))
        await entered.wait()
    async with consuming(bus, db, clock, {Happened: note}):
        assert await seconds_for(eventually(lambda: _sorted(db, 5))) < 5


async def test_a_database_that_is_away_makes_no_dead_letters(
    fragile: Fragile, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Events wait for as long as it takes, and are applied when the database is back."""
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.05)
    url = await fragile.servers.create_database("consumer_db")
    await make_tables(url)
    db, bus = Db(url), Bus(fragile.servers.nats_url, name="test")
    await db.start()
    await bus.start()
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Happened(number=0))
        await become(db, [0])
        await fragile.stop("postgres")
        await send(bus, *(Happened(number=number) for number in range(1, 40)))
        await asyncio.sleep(1.5)
        await fragile.start("postgres")
        await eventually(lambda: _sorted(db, 40), seconds=15)
    assert await letters(db) == []
    await bus.stop()
    await db.stop()


async def test_events_of_before_and_after_a_nats_restart_are_applied(fragile: Fragile, clock: FixedClock) -> None:
    """The consumer finds its connection again by itself; its end is quick even while NATS is down."""
    url = await fragile.servers.create_database("consumer_nats")
    await make_tables(url)
    db, bus = Db(url), Bus(fragile.servers.nats_url, name="test")
    await db.start()
    await bus.start()
    async with consuming(bus, db, clock, {Happened: note}):
        await send(bus, Happened(number=0))
        await become(db, [0])
        await fragile.stop("nats")
        await asyncio.sleep(0.5)
        await fragile.start("nats")
        await eventually(lambda: _connected(bus))
        await send(bus, Happened(number=1))
        await become(db, [0, 1], seconds=15)
        await fragile.stop("nats")
        ending = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - ending < 3
    assert await seconds_for(bus.stop()) < 3
    await fragile.start("nats")
    await db.stop()


async def _connected(bus: Bus) -> bool:
    return bus.connected


async def test_the_trace_of_the_cause_goes_on(bus: Bus, db: Db, clock: FixedClock) -> None:
    """A handler runs under the trace of the request that told the event."""
    from services import telemetry

    traces: list[str] = []

    async def handle(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
        traces.append(telemetry.trace_id())

    async with consuming(bus, db, clock, {Happened: handle}):
        await send(bus, Happened(number=1), traceparent="00-" + "ab" * 16 + "-" + "cd" * 8 + "-01")
        await eventually(lambda: _any(traces))
    assert traces == ["ab" * 16]


async def _any(found: list[str]) -> bool:
    return bool(found)


async def test_what_a_handler_writes_and_the_inbox_are_one(bus: Bus, db: Db, clock: FixedClock) -> None:
    """When the effect is rolled back, the event has not been received."""
    async with consuming(bus, db, clock, {Happened: _picky}):
        await send(bus, Happened(number=13))
        await asyncio.sleep(0.5)
        async with db.begin() as session:
            assert await session.scalar(text("SELECT count(*) FROM inbox")) == 0
    assert await effects(db) == []


class Gathering:
    """A batch handler that notes its calls; `bad` numbers it cannot take."""

    def __init__(self, *bad: int) -> None:
        self.calls: list[list[int]] = []
        self._bad = set(bad)

    async def __call__(self, session: AsyncSession, told: Sequence[Told], *, now: datetime) -> None:
        numbers = [item.event.number for item in told if isinstance(item.event, Happened | Ended)]
        self.calls.append(numbers)
        if self._bad & set(numbers):
            raise Never("cannot be taken")
        await note(session, [Happened(number=number) for number in numbers], now=now)


async def test_a_batch_takes_many_messages_of_many_types_at_once(bus: Bus, db: Db, clock: FixedClock) -> None:
    """What waits in the stream is one call in one transaction."""
    for number in range(0, 20, 2):
        await send(bus, Happened(number=number), Ended(number=number + 1))
    gathering = Gathering()
    async with consuming(bus, db, clock, Batch((Happened, Ended), gathering)):
        await become(db, range(20))
        await eventually(lambda: settled(bus))
    assert gathering.calls == [list(range(20))]


async def test_a_batch_knows_what_it_had(bus: Bus, db: Db, clock: FixedClock) -> None:
    """An event that comes again, in the same batch or another, is not in the call."""
    body = f"[{row(Happened(number=1), now=MORNING).envelope}]".encode()
    for _ in range(3):
        await raw(bus, body)
    gathering = Gathering()
    async with consuming(bus, db, clock, Batch((Happened,), gathering)):
        await become(db, [1])
        await raw(bus, body)
        await send(bus, Happened(number=2))
        await become(db, [1, 2])
    assert gathering.calls == [[1], [2]]


async def test_a_bad_event_leaves_its_batch(bus: Bus, db: Db, clock: FixedClock) -> None:
    """The batch falls apart into messages, the message into events; only the bad one is a dead letter."""
    for start in range(0, 9, 3):
        await send(bus, *(Happened(number=start + step) for step in range(3)))
    async with consuming(bus, db, clock, Batch((Happened,), Gathering(4))):
        await become(db, [0, 1, 2, 3, 5, 6, 7, 8])
        await eventually(lambda: settled(bus))
    assert [letter["reason"] for letter in await letters(db)] == ["Never: cannot be taken"]
