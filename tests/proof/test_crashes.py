"""An exception between any two steps of hold, confirm, cancel and expire, in both services: at the request, at the
statement, at the commit, at the reply, at the event. Then all recovers by itself, and nothing is lost or doubled.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from itertools import product
from typing import Any

import pytest

from services.contracts.quota import Claim, Reserve
from services.ids import uuid7
from services.testing import Stack
from tests.proof.agreement import disagreements
from tests.proof.steps import Point, Steps, own
from tests.proof.world import HOLD, World, answered, opened

ERRORS = (RuntimeError, ConnectionError)
"""A fault of ours, and a dependency that does not answer: they take different ways."""
STRIKE_SECONDS, IDLE_SECONDS = 5.0, 3.5
TIMES = 3
DAYS = (1, 2, 3, 4, *range(6, 21))
SIDES = ("before", "after")
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
Ask = Callable[[], Awaitable[Any]]


class Site:
    """People who do one thing after the other, each under a key, and repeat what was not answered."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.point: Point | None = None
        self.points: dict[str, Point | None] = {}
        self.kept: list[tuple[Ask, str]] = []
        self._people, self._keys = iter(range(1, 100_000)), iter(range(100_000))
        clock_times = (f"{hour}:{minute:02}" for hour, minute in product(range(9, 17), (0, 20, 40)))
        self._times = (world.at(clock_time, days=day) for clock_time, day in product(clock_times, DAYS))

    def person(self) -> dict[str, str]:
        return self.world.citizen(next(self._people))

    def time(self) -> datetime:
        return next(self._times)

    async def hold(self, starts_at: datetime, who: dict[str, str]) -> int:
        return await self._keyed(lambda headers: self.world.hold(who, starts_at, headers=headers))

    async def step(self, who: dict[str, str], booking_id: str, step: str) -> None:
        assert await self._keyed(lambda headers: self.world.step(who, booking_id, step, **headers)) == 200, self.point

    async def held(self, who: dict[str, str]) -> str:
        booking_id: str = (await self.world.hold(who, self.time())).json()["id"]
        self.points[booking_id] = self.point
        return booking_id

    async def confirmed(self, who: dict[str, str]) -> str:
        booking_id = await self.held(who)
        await self.world.step(who, booking_id, "confirm")
        return booking_id

    async def _keyed(self, send: Callable[[dict[str, str]], Awaitable[Any]]) -> int:
        """Sent three times under one key: one of them may fail, the others answer alike. Their status."""
        headers = {"Idempotency-Key": str(next(self._keys))}
        answers = [await answered(send(headers)) for _ in range(3)]
        good = [answer for answer in answers if answer.status_code < 500]
        told = {(answer.status_code, answer.json().get("id")) for answer in good}
        assert (len(good) >= 2, len(told)) == (True, 1), (self.point, [answer.text for answer in answers])
        if booking_id := good[0].json().get("id"):
            self.points[booking_id] = self.point
            self.kept.append((lambda: send(headers), booking_id))
        return int(good[0].status_code)

    async def recovered(self) -> None:
        """Once all has come to rest the stores agree, and every key still answers with its own booking."""
        await self.world.tell_refusals()
        await self.world.settle()
        await self._agree(bookings_only=True)
        await self.world.later(HOLD * 2)
        await self._agree()
        for ask, booking_id in self.kept:
            answer = (await ask()).json()
            assert answer.get("id", booking_id) == booking_id
        await self.world.at_rest()

    async def _agree(self, *, bookings_only: bool = False) -> None:
        wrong = await disagreements(self.world.bookings, self.world.quotas)
        wrong = [line for line in wrong if line.startswith("booking") or not bookings_only]
        assert {line: [point for key, point in self.points.items() if key in line] for line in wrong} == {}


Scenario = Callable[[Site], AsyncIterator[None]]


async def hold(site: Site) -> AsyncIterator[None]:
    """Five want four places at two times: one gives back what it had reserved. The last three are one batch."""
    first, second, people = site.time(), site.time(), [site.person() for _ in range(5)]
    yield
    wishes = zip((first, second, first, second, first), people, strict=True)
    answers = await asyncio.gather(*(site.hold(time, who) for time, who in wishes))
    assert sorted(answers) == [201] * 4 + [409], site.point


async def confirm(site: Site) -> AsyncIterator[None]:
    who = site.person()
    held = await site.held(who)
    yield
    await site.step(who, held, "confirm")


async def cancel(site: Site) -> AsyncIterator[None]:
    """A hold, a confirmed booking, and one that the centre cancels."""
    who, manager = site.person(), site.world.stack.bearer("manager", centre="town", sub="manager")
    bookings = [await site.held(who), await site.confirmed(who), await site.confirmed(who)]
    await site.world.settle()
    yield
    for canceller, booking_id in zip((who, who, manager), bookings, strict=True):
        await site.step(canceller, booking_id, "cancel")


async def expire(site: Site) -> AsyncIterator[None]:
    """A hold runs out, and so does a reservation whose booking never came to be."""
    await site.held(site.person())
    world, now = site.world, site.world.stack.clock.now()
    claim = Claim(
        booking_id=uuid7(now), attempt=uuid7(now), organisation="hsc", kind="individual", channel="online",
        keys=["v1:nobody"], visit_date=site.time().date(), expires_at=now + HOLD,
    )  # fmt: skip
    await world.contexts[0].bus.ask(Reserve(claims=[claim]))
    yield
    world.stack.clock.advance(HOLD + timedelta(seconds=2))
    await world.settle()


async def run(site: Site, steps: Steps, scenario: Scenario, *fault: Any) -> list[str]:
    """Plays the scenario, with a fault if one is given; gives the steps that were taken."""
    site.point = fault[0] if fault else None
    play = scenario(site)
    await anext(play)
    steps.arm(*fault)
    await anext(play, None)
    if not fault:
        await site.world.settle()
        await asyncio.sleep(0.3)
    elif fault[0].time == 1:
        with suppress(TimeoutError):
            await asyncio.wait_for(steps.struck.wait(), STRIKE_SECONDS)
        # which of two jobs is first decides on a step now and then
        assert steps.struck.is_set() or scenario is expire, f"never came again: {fault[0]}"
    seen = steps.seen
    steps.arm()
    return seen


def faults(taken: Counter[str], scenario: Scenario) -> Iterator[tuple[Point, type[Exception]]]:
    """Every step before and after it is taken; both kinds of errors in turn, or all of both."""
    times = 1 if scenario is expire else TIMES  # what the jobs do, they do again and again
    points = [
        Point(*point) for step in taken for point in product([step], range(1, min(taken[step], times) + 1), SIDES)
    ]
    for number, point in enumerate(points):
        chosen = ERRORS[(number + number // 2) % 2]
        yield from ((point, error) for error in ERRORS if error is chosen or point.time == TIMES or THOROUGH)


@pytest.mark.parametrize("scenario", [hold, confirm, cancel, expire], ids=lambda scenario: scenario.__name__)
async def test_wherever_a_step_fails_all_recovers_and_nothing_is_lost_or_doubled(
    stack: Stack, scenario: Scenario
) -> None:
    steps = Steps()
    async with opened(stack, watch=steps.watch, log_level="CRITICAL") as world:
        await asyncio.sleep(IDLE_SECONDS)
        idle = set() if scenario is expire else set(steps.seen)
        site = Site(world)
        taken = Counter(own(await run(site, steps, scenario), idle))
        for fault in faults(taken, scenario):
            await run(site, steps, scenario, *fault)
        await site.recovered()
