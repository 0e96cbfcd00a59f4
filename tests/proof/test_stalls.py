"""A request stands still between two of its steps while something else happens to the same booking, and goes on then.
Whoever comes too late is told so, and the stores agree: no lock, no tombstone and no key can be got around.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count, product
from typing import Any

import httpx
import pytest
import pytest_asyncio

from services.testing import Stack
from tests.proof.steps import Point, Steps
from tests.proof.world import HOLD, World, opened

MEANWHILE_SECONDS, JOBS_SECONDS = 0.15, 0.45
BACKGROUND = re.compile(r"(SELECT|UPDATE) outbox|> booking\.|UPDATE booking id IN|SELECT reservation state")
"""The jobs' and the relay's steps: test_crashes.py breaks them off."""


@dataclass
class Case:
    """One citizen, one place, one key and, but for a hold, one booking."""

    world: World
    who: dict[str, str]
    starts_at: datetime
    key: str
    booking_id: str = ""

    async def hold(self) -> httpx.Response:
        return await self.world.hold(self.who, self.starts_at, headers={"Idempotency-Key": self.key})

    async def confirm(self) -> httpx.Response:
        return await self.world.step(self.who, self.booking_id, "confirm")

    async def cancel(self) -> httpx.Response:
        return await self.world.step(self.who, self.booking_id, "cancel")

    async def centre_cancels(self) -> httpx.Response:
        manager = self.world.stack.bearer("manager", centre="town", sub="manager")
        return await self.world.step(manager, self.booking_id, "cancel")

    async def expire(self) -> None:
        """The hold runs out; the jobs of both services see it."""
        self.world.stack.clock.advance(HOLD + timedelta(seconds=2))
        await asyncio.sleep(JOBS_SECONDS)

    async def status(self) -> str:
        answer = await self.world.booking.get(f"/api/v1/bookings/{self.booking_id}", headers=self.who)
        return str(answer.json()["status"])


Act = Callable[[Case], Awaitable[Any]]


class Stage:
    """Plays cases, each with a place and a citizen of its own."""

    def __init__(self, world: World, steps: Steps) -> None:
        self.world, self.steps = world, steps
        self._numbers = count()

    def empty(self) -> Case:
        number = next(self._numbers)
        time = f"{9 + number % 24 // 3}:{number % 3 * 20:02}"
        starts_at = self.world.at(time, days=6 + number // 24)
        return Case(self.world, self.world.citizen(number + 1), starts_at, f"{number}")

    async def held(self) -> Case:
        case = self.empty()
        case.booking_id = (await case.hold()).json()["id"]
        return case

    async def taken(self, case: Case, act: Act) -> list[str]:
        """The steps up to the answer."""
        self.steps.arm()
        await act(case)
        return [step for step in dict.fromkeys(self.steps.seen) if not BACKGROUND.search(step)]

    async def stalled(self, point: Point, case: Case, act: Act, meanwhile: Act) -> list[httpx.Response]:
        """The answers: `meanwhile` happens, as far as it can, while `act` stands still at the point."""
        going_on = asyncio.Event()
        self.steps.arm(point, going_on)
        first = asyncio.ensure_future(act(case))
        struck = asyncio.ensure_future(self.steps.struck.wait())
        await asyncio.wait([first, struck], return_when=asyncio.FIRST_COMPLETED)
        struck.cancel()
        second = asyncio.ensure_future(meanwhile(case))
        with suppress(TimeoutError):  # it waits for a lock
            await asyncio.wait_for(asyncio.shield(second), JOBS_SECONDS + MEANWHILE_SECONDS)
        going_on.set()
        answers = [answer for answer in (await first, await second) if answer is not None]
        self.steps.arm()
        return answers


@pytest_asyncio.fixture
async def stage(stack: Stack) -> AsyncIterator[Stage]:
    steps = Steps()
    async with opened(stack, watch=steps.watch) as world:
        yield Stage(world, steps)
        await world.at_rest()


SIDES = ("before", "after")
STEPS: list[tuple[Act, tuple[Act, ...]]] = [
    (Case.confirm, (Case.confirm, Case.cancel, Case.centre_cancels, Case.expire)),
    (Case.cancel, (Case.confirm, Case.centre_cancels, Case.expire)),
]


@pytest.mark.parametrize(("act", "others"), STEPS, ids=["confirm", "cancel"])
async def test_nobody_is_told_what_is_not_so(stage: Stage, act: Act, others: tuple[Act, ...]) -> None:
    """Confirming or cancelling stands still while the same booking is confirmed, cancelled or runs out."""
    steps = await stage.taken(await stage.held(), act)
    for step, side, meanwhile in product(steps, SIDES, others):
        case = await stage.held()
        answers = await stage.stalled(Point(step, 1, side), case, act, meanwhile)
        assert {answer.status_code for answer in answers} <= {200, 409}
        told = {answer.json()["status"] for answer in answers if answer.is_success}
        expected = "cancelled" if "cancelled" in told else "confirmed" if told else "expired"
        assert await case.status() == expected, (step, side)


@pytest.mark.parametrize("meanwhile", [Case.hold, Case.expire], ids=["again", "expire"])
async def test_a_key_has_one_booking_whoever_is_faster(stage: Stage, meanwhile: Act) -> None:
    """A hold stands still while it is asked again, or while its time runs out and its id is buried."""
    for step, side in product(await stage.taken(stage.empty(), Case.hold), SIDES):
        case = stage.empty()
        answers = [*await stage.stalled(Point(step, 1, side), case, Case.hold, meanwhile), await case.hold()]
        assert {answer.status_code for answer in answers} <= {201, 409, 503}, (step, side)
        assert len({answer.json()["id"] for answer in answers if answer.is_success}) <= 1, (step, side)


async def test_a_refused_request_does_not_take_the_key_from_the_one_that_was_granted(stage: Stage) -> None:
    """The time is full; the same request comes again, a place is free now; and once more."""

    async def full() -> tuple[Case, list[Case]]:
        case, rivals = stage.empty(), [stage.empty(), stage.empty()]
        for rival in rivals:
            rival.starts_at = case.starts_at
            rival.booking_id = (await rival.hold()).json()["id"]
        return case, rivals

    for step, side in product(await stage.taken((await full())[0], Case.hold), SIDES):
        case, rivals = await full()

        async def freed(case: Case, rivals: list[Case] = rivals) -> httpx.Response:
            for rival in rivals:
                await rival.cancel()
            return await case.hold()

        answers = [*await stage.stalled(Point(step, 1, side), case, Case.hold, freed), await case.hold()]
        assert len({answer.json()["id"] for answer in answers if answer.is_success}) == 1, (step, side)
