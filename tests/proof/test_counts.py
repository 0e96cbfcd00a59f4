"""The slow-path guard: what one booking costs in statements, commits and messages, alone and among 32. Exact, so that
a noisy machine cannot hide a step that somebody adds.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable
from typing import NamedTuple

import httpx
import pytest_asyncio

from services.testing import Stack
from tests.proof.steps import Steps, own
from tests.proof.world import World, opened

IDLE_SECONDS, QUIET_SECONDS = 3.5, 0.2
BATCH = 32
RELAY = Counter({"booking: UPDATE outbox id =": 1})
"""Marking what is published: a commit for as many events as had gathered."""

HOLD = Counter({
    "booking> quota.reserve": 1,
    "quota: UPDATE reservation applicant_key =": 1,
    "quota> reply": 1,
    "booking: UPDATE slot id =": 1,
})  # fmt: skip
HOLD_COMMITS = 2
TOLD = Counter({"booking> booking.held.v1": 1}) + RELAY
KEY = Counter({"booking: INSERT INTO idempotency": 1})
CONFIRM = Counter({
    "booking: SELECT booking booking.id =": 1,
    "booking: INSERT INTO ticket_counter": 1,
    "booking: UPDATE booking booking.id =": 1,
    "booking: INSERT INTO outbox": 1,
    "booking> booking.confirmed.v1": 1,
    "quota: INSERT INTO inbox": 1,
    "quota: SELECT reservation booking_id =": 1,
    "quota: UPDATE reservation r.booking_id =": 1,
    "quota> ack": 1,
})  # fmt: skip
CONFIRM_COMMITS = 2


class Cost(NamedTuple):
    """`commits`: transactions that wrote something, as PostgreSQL itself counts them."""

    steps: Counter[str]
    commits: int
    answers: list[httpx.Response]


class Meter:
    """Tells what a piece of work costs, whatever else goes on in an idle world."""

    def __init__(self, world: World, steps: Steps, idle: set[str]) -> None:
        self.world, self._steps, self._idle = world, steps, idle

    async def cost(self, *work: Awaitable[httpx.Response]) -> Cost:
        await self._rest()
        self._steps.arm()
        written, sent = await self._written(), self._sent()
        answers = await asyncio.gather(*work)
        assert all(answer.is_success for answer in answers), [answer.text for answer in answers]
        await self._rest()
        messages = sum(">" in step for step in self._steps.seen)
        assert self._sent() - sent == messages, "a message went out another way"
        steps = Counter(step for step in own(self._steps.seen, self._idle) if "?" not in step)
        return Cost(steps, await self._written() - written, answers)

    async def _rest(self) -> None:
        await self.world.settle()
        await asyncio.sleep(QUIET_SECONDS)

    async def _written(self) -> int:
        """Only what writes takes a transaction id."""
        return int(await self.world.bookings.fetchval("SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))

    def _sent(self) -> int:
        return sum(context.bus.nc.stats["out_msgs"] for context in self.world.contexts)


@pytest_asyncio.fixture
async def meter(stack: Stack) -> AsyncIterator[Meter]:
    steps = Steps()
    async with opened(stack, watch=steps.watch) as world:
        await autovacuum(world, "off")  # it would write, too
        steps.arm()
        await asyncio.sleep(IDLE_SECONDS)
        yield Meter(world, steps, set(steps.seen))
        await autovacuum(world, "on")


async def autovacuum(world: World, state: str) -> None:
    await world.bookings.execute(f"ALTER SYSTEM SET autovacuum = {state}")
    await world.bookings.execute("SELECT pg_reload_conf()")


def without_commits(steps: Counter[str]) -> Counter[str]:
    return Counter({step: times for step, times in steps.items() if "commit of" not in step})


async def test_a_lone_hold_costs_one_statement_and_one_commit_in_each_service(meter: Meter) -> None:
    """And one question with its answer; later its event goes out."""
    world = meter.world
    cost = await meter.cost(world.hold(world.citizen(1), world.at("10:00", days=1)))
    assert (cost.steps, cost.commits) == (HOLD + TOLD, HOLD_COMMITS + 1)


async def test_a_key_costs_one_more_statement(meter: Meter) -> None:
    world, headers = meter.world, {"Idempotency-Key": "one"}
    cost = await meter.cost(world.hold(world.citizen(1), world.at("10:00", days=1), headers=headers))
    assert (cost.steps, cost.commits) == (HOLD + KEY + TOLD, HOLD_COMMITS + 1 + 1)


async def test_thirty_two_holds_cost_what_one_costs(meter: Meter) -> None:
    """Of 34 at once the first two go alone, one for each worker; while they run, 32 gather."""
    world = meter.world
    people = [world.citizen(index) for index in range(1, 2 + BATCH + 1)]
    for who in people:  # their tokens are known before
        await world.booking.get("/api/v1/bookings", headers=who)
    times = [world.at(f"{9 + index // 3}:{index % 3 * 20:02}", days=1) for index in range(8 * 3)]
    wishes = (world.hold(who, times[index % len(times)]) for index, who in enumerate(people))
    cost = await meter.cost(*wishes)
    told = cost.steps["booking: UPDATE outbox id ="]
    assert {step: times for step, times in cost.steps.items() if step in HOLD} == dict.fromkeys(HOLD, 3)
    assert cost.steps["booking> booking.held.v1"] == told <= 3
    assert cost.commits == 3 * HOLD_COMMITS + told


async def test_a_confirmation_costs_four_statements_and_one_commit_and_one_event(meter: Meter) -> None:
    """The event costs quota_svc three statements and one commit."""
    world = meter.world
    held = await world.hold(world.citizen(1), world.at("10:00", days=1))
    cost = await meter.cost(world.step(world.citizen(1), held.json()["id"], "confirm"))
    assert (without_commits(cost.steps), cost.commits) == (CONFIRM + RELAY, CONFIRM_COMMITS + 1)
