"""`kill -9` of a service at many moments of its work: whatever was asked is asked again under the same key, and in the
end each has one booking, and slots, bookings, ledger and usage agree.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from itertools import count

import httpx
import pytest
import pytest_asyncio

from services.testing import Issuer, eventually
from tests.proof.processes import City, city

pytestmark = pytest.mark.slow
THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
MOMENTS_MS = range(0, 120, 2) if THOROUGH else (3, 10, 25, 50)
"""After the burst begins; one takes about 50 ms."""
CITIZENS = 24
PATIENCE_SECONDS = 20.0
Send = Callable[..., Awaitable[httpx.Response]]


@pytest_asyncio.fixture(scope="module")
async def town(issuer: Issuer) -> AsyncIterator[City]:
    async with city(issuer) as town:
        yield town


class Burst:
    """Everybody holds, confirms and every third one cancels, each request until it is answered."""

    keys = count()

    def __init__(self, town: City, place: int) -> None:
        self.town, self.place = town, place

    async def live(self, index: int) -> None:
        who, time = self.town.citizen(), self.town.time(self.place * CITIZENS // 2 + index // 2)
        held = await self.asked(lambda **key: self.town.hold(who, time, **key))
        assert held.status_code == 201, held.text
        again = await self.asked(lambda **key: self.town.step(who, held.json()["id"], "confirm", **key))
        assert again.json()["status"] == "confirmed", again.text
        if index % 3 == 0:
            again = await self.asked(lambda **key: self.town.step(who, held.json()["id"], "cancel", **key))
            assert again.json()["status"] == "cancelled", again.text

    async def asked(self, send: Send) -> httpx.Response:
        """The answer, which may come at the tenth attempt, under one key."""
        key = {"Idempotency-Key": f"{next(self.keys)}"}

        async def answered() -> httpx.Response | None:
            answer = await send(**key)
            return None if answer.status_code == 503 else answer

        answer: httpx.Response = await eventually(answered, seconds=PATIENCE_SECONDS)
        return answer


@pytest.mark.parametrize("name", ["booking_svc", "quota_svc"])
async def test_a_killed_service_loses_nothing_and_doubles_nothing(town: City, name: str) -> None:
    for place, moment_ms in enumerate(MOMENTS_MS, start=0 if name == "booking_svc" else len(MOMENTS_MS)):
        burst = Burst(town, place)
        async with asyncio.TaskGroup() as group:
            for index in range(CITIZENS):
                group.create_task(burst.live(index))
            await asyncio.sleep(moment_ms / 1000)
            await town.kill(name)
            await town.spawn(name)
    await town.at_rest()
