"""A checker like Jepsen's: citizens work while everything breaks, and nothing that they were told is untrue.

In every run of the tests each process is killed once; `make soak` (`SOAK_MINUTES`) brings all troubles, and goes on
with them at random.
"""

from __future__ import annotations

import asyncio
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator, Sequence
from typing import TypeVar

import pytest

from services.testing import eventually
from tests.soak.bad_bus import relay_badly, repeating
from tests.soak.city import City

pytestmark = pytest.mark.slow

PROCESSES = ("gateway", "booking_svc", "quota_svc", "nats", "postgres")
TROUBLES = [*((name,) for name in PROCESSES), PROCESSES]
TESTS = 3
MINUTES = float(os.environ.get("SOAK_MINUTES", "0"))
QUIET_SECONDS = 1.0
only_soak = pytest.mark.skipif(not MINUTES, reason="takes minutes: make soak")
Trouble = TypeVar("Trouble")


def rounds(troubles: Sequence[Trouble]) -> Iterator[Trouble]:
    """Each one once, then any as long as this test's share of the time lasts."""
    end = time.monotonic() + MINUTES * 60 / TESTS
    yield from troubles
    while time.monotonic() < end:
        yield random.choice(troubles)


async def test_each_process_is_killed_in_turn_and_all_at_once(city: City) -> None:
    """`kill -9`: new work is acknowledged within 10 seconds, and nothing acknowledged is lost."""
    async with city.at_work():
        for names in rounds(TROUBLES):
            await asyncio.sleep(QUIET_SECONDS)
            await city.signal(signal.SIGKILL, *names)
            await city.recovered(f"kill {' '.join(names)}")
    assert await city.verdict() == []


@only_soak
async def test_messages_come_double_late_and_in_any_order(city: City) -> None:
    """Requests and events, old and new; from a relay, too, that is as bad as a bus may be; while NATS and the services
    stand still for some seconds.
    """
    async with city.at_work(), repeating(city):
        for name in rounds(("relay", "nats", "quota_svc", "booking_svc")):
            await asyncio.sleep(QUIET_SECONDS)
            if name == "relay":
                assert await relay_badly(city, seconds=6)
            else:
                await stand_still(city, name, seconds=3)
            await city.recovered(f"stopped {name}")
    assert await city.verdict() == []


async def stand_still(city: City, name: str, *, seconds: float) -> None:
    await city.signal(signal.SIGSTOP, name)
    try:
        await asyncio.sleep(seconds)
    finally:
        await city.signal(signal.SIGCONT, name)


@only_soak
async def test_nats_loses_its_disk(city: City) -> None:
    """Also with events that quota_svc, being dead, has not had: the outbox has them and fills the streams again."""
    async with city.at_work():
        for _ in rounds((1,)):
            await asyncio.sleep(QUIET_SECONDS)
            regrets = [(citizen := await city.citizen(), await citizen.booked(city.time())) for _ in range(8)]
            with city.nothing_starts_again():
                await city.signal(signal.SIGKILL, "quota_svc")
                for citizen, booking in regrets:
                    assert booking is None or await citizen.step(booking, "cancel")
                await eventually(lambda: all_told(city))
                await city.signal(signal.SIGKILL, "nats")
                shutil.rmtree(city.run.home / "nats")
            await city.recovered("lost disk of nats")
    assert await city.verdict() == []


async def all_told(city: City) -> bool:
    """Whether NATS has had every event."""
    async with city.databases() as (bookings, _):
        return await bookings.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NULL") == 0
