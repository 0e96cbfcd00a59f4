"""Requests between services: typed, with deadlines, traced, and quick to say that nobody is there."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest

from services import telemetry
from services.bus import Bus
from services.contracts import Message, Request
from services.errors import NotFound, Unavailable
from services.testing import Stack, eventually
from tests.services.world import Fragile, seconds_for


class Doubled(Message):
    number: int
    trace: str


class Double(Request[Doubled]):
    subject: ClassVar[str] = "probe.double"
    reply: ClassVar[type[Message]] = Doubled
    number: int


async def double(request: Double) -> Doubled:
    if request.number == 13:
        raise NotFound
    await asyncio.sleep(request.number / 100)
    return Doubled(number=2 * request.number, trace=telemetry.trace_id())


async def test_an_answer_comes_typed_and_under_the_askers_trace(bus: Bus) -> None:
    """The trace id goes along, so that the logs of both services can be read together."""
    await bus.respond_all({Double: double}, group="probe")
    trace = telemetry.start_trace(None)
    assert await bus.ask(Double(number=3)) == Doubled(number=6, trace=trace)


async def test_many_questions_at_once_get_their_own_answers(bus: Bus) -> None:
    """Answers overtake each other and still find who asked."""
    await bus.respond_all({Double: double}, group="probe")
    numbers = [number % 12 for number in range(120)]
    answers = await asyncio.gather(*(bus.ask(Double(number=number)) for number in numbers))
    assert [answer.number for answer in answers] == [2 * number for number in numbers]


async def test_nobody_there_is_known_at_once(bus: Bus) -> None:
    """No responder: `unavailable` without waiting."""

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await bus.ask(Double(number=1))

    assert await seconds_for(ask()) < 2


async def test_an_answerer_that_fails_is_known_at_once(bus: Bus) -> None:
    """Its error stays at home; the asker hears `unavailable` without waiting for the deadline."""
    await bus.respond_all({Double: double}, group="probe")

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await bus.ask(Double(number=13))

    assert await seconds_for(ask()) < 2
    assert (await bus.ask(Double(number=1))).number == 2


async def test_a_slow_answer_ends_at_the_deadline(bus: Bus) -> None:
    """The asker decides how long it waits."""
    await bus.respond_all({Double: double}, group="probe")

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await bus.ask(Double(number=100), timeout_seconds=0.2)

    assert 0.15 < await seconds_for(ask()) < 2


async def test_a_question_that_cannot_be_read_is_answered_with_nothing(bus: Bus) -> None:
    """Another version's question is `unavailable`, not silence."""
    await bus.respond_all({Double: double}, group="probe")
    for question in (b"", b"{}", b"trace\n{}", b'{"number": "x"}', b"\xff"):
        assert await bus.request("probe.double", question, timeout_seconds=2) == b""
    assert (await bus.request("probe.double", b'{"number": 1}', timeout_seconds=2)).startswith(b'{"number":2')


async def test_an_answer_that_cannot_be_understood_is_unavailable(bus: Bus) -> None:
    """Another version's answer is no crash of the asker."""

    async def strange(_: bytes) -> bytes:
        return b'{"number": "many"}'

    await bus.respond("probe.double", strange, group="probe")
    with pytest.raises(Unavailable):
        await bus.ask(Double(number=1))


async def test_intake_ends_before_the_answers_in_flight(bus: Bus, stack: Stack) -> None:
    """`stop_intake` returns when what was taken in is answered."""
    answering = Bus(stack.servers.nats_url, name="answering")
    await answering.start()
    await answering.respond_all({Double: double}, group="probe")
    await answering.nc.flush()
    asking = [asyncio.create_task(bus.ask(Double(number=10))) for _ in range(10)]
    await asyncio.sleep(0.03)
    await answering.stop_intake()
    assert [(await one).number for one in asking] == [20] * 10
    with pytest.raises(Unavailable):
        await bus.ask(Double(number=1))
    await answering.stop()


async def test_a_bus_that_never_connected_stops_quickly() -> None:
    """NATS is not there: the start waits, and an end of the wait leaves nothing behind."""
    bus = Bus("nats://127.0.0.1:9", name="lonely")
    starting = asyncio.create_task(bus.start())
    await asyncio.sleep(0.3)
    assert not bus.connected
    with pytest.raises(Unavailable):
        await bus.request("x.y", b"", timeout_seconds=5)
    starting.cancel()
    await asyncio.wait([starting], timeout=2)
    assert starting.done()
    assert await seconds_for(bus.stop_intake()) < 2
    assert await seconds_for(bus.stop()) < 2


async def test_nats_may_go_and_come_back(fragile: Fragile) -> None:
    """While it is down requests fail at once and a stop is quick; when it is back the same subscriptions answer."""
    bus = Bus(fragile.servers.nats_url, name="test")
    await bus.start()
    await bus.respond_all({Double: double}, group="probe")
    assert (await bus.ask(Double(number=1))).number == 2
    await fragile.stop("nats")
    await eventually(lambda: _is(bus, connected=False))

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await bus.ask(Double(number=1))

    assert await seconds_for(ask()) < 2
    await fragile.start("nats")
    await eventually(lambda: _is(bus, connected=True))
    assert (await bus.ask(Double(number=2))).number == 4
    await fragile.stop("nats")
    assert await seconds_for(bus.stop_intake()) < 2
    assert await seconds_for(bus.stop()) < 3
    await fragile.start("nats")


async def _is(bus: Bus, *, connected: bool) -> bool:
    return bus.connected is connected
