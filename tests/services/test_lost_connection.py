"""NATS dies with questions on their way: their answers are lost, and nobody waits for them until the deadline."""

from __future__ import annotations

import asyncio

import pytest

from services.bus import Bus
from services.errors import Unavailable
from services.testing import eventually
from tests.services.world import Fragile, seconds_for


async def connected(bus: Bus) -> bool:
    return bus.connected


async def test_what_was_asked_over_a_lost_connection_fails_at_once(fragile: Fragile) -> None:
    """Many at once, and the next question over the new connection is answered."""
    bus = Bus(fragile.servers.nats_url, name="test")
    await bus.start()

    async def answer(body: bytes) -> bytes:
        await asyncio.sleep(float(body))
        return b"done"

    await bus.respond("probe.slow", answer, group="probe")
    asking = [asyncio.create_task(bus.request("probe.slow", b"2", timeout_seconds=30)) for _ in range(50)]
    await asyncio.sleep(0.1)
    await fragile.child("nats").kill()

    async def all_fail() -> None:
        for one in asking:
            with pytest.raises(Unavailable):
                await one

    assert await seconds_for(all_fail()) < 5
    await fragile.start("nats")
    await eventually(lambda: connected(bus))
    assert await bus.request("probe.slow", b"0", timeout_seconds=5) == b"done"
    await bus.stop()
