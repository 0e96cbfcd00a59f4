"""A bus at its worst: events come double, late and in any order."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from uuid import uuid4

import asyncpg
import nats
import nats.errors
from nats.aio.client import Client
from nats.aio.msg import Msg

from services.tasks import end
from tests.soak.city import City

LOCK = "SELECT pg_advisory_lock(hashtext('vizyt.leader'))"
DEPOSE = """
SELECT pg_terminate_backend(pid) FROM pg_locks
WHERE locktype = 'advisory' AND granted AND pid <> pg_backend_pid()
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
REQUESTS = ("edge.*", "quota.*", "booking.*")
REPEAT_SECONDS, ECHO_SHARE, ECHO_SECONDS = 0.05, 0.2, 5.0
ROUND_SECONDS, LATE = 0.3, 0.6
"""In each round an event stays behind with this probability."""


async def send(client: Client, subject: str, body: bytes) -> None:
    """As no message that was there before."""
    await client.jetstream().publish(subject, body, headers={"Nats-Msg-Id": uuid4().hex})


@asynccontextmanager
async def connected(city: City) -> AsyncIterator[Client]:
    client = await nats.connect(city.setting("booking_svc", "NATS_URL"), max_reconnect_attempts=-1)
    try:
        yield client
    finally:
        await client.close()


@asynccontextmanager
async def repeating(city: City) -> AsyncIterator[None]:
    """Meanwhile events of any age come again, and so do requests, some seconds late."""
    async with connected(city) as client:
        echo = Echo(client)
        for subject in REQUESTS:
            await client.subscribe(subject, cb=echo.heard)
        task = asyncio.create_task(_repeat(client))
        try:
            yield
        finally:
            await end([task, *echo.tasks])
    assert echo.sent


async def _repeat(client: Client) -> None:
    while True:
        await asyncio.sleep(REPEAT_SECONDS)
        with suppress(nats.errors.Error):
            state = (await client.jetstream().stream_info("BOOKING")).state
            old = await client.jetstream().get_msg("BOOKING", random.randint(state.first_seq, state.last_seq))
            await send(client, old.subject or "", old.data or b"")


class Echo:
    """Hears every request beside the one whom it is for, and sends some again; the answers reach nobody."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self.tasks: set[asyncio.Task[None]] = set()
        self.sent = 0

    async def heard(self, message: Msg) -> None:
        if not message.headers and random.random() < ECHO_SHARE:
            task = asyncio.create_task(self._again(message))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _again(self, message: Msg) -> None:
        await asyncio.sleep(random.uniform(0, ECHO_SECONDS))
        reply = self._client.new_inbox()
        with suppress(nats.errors.Error):  # the end has come first
            await self._client.publish(message.subject, message.data, reply=reply, headers={"again": "1"})
            self.sent += 1


async def relay_badly(city: City, *, seconds: float) -> int:
    """Takes the lead from booking_svc and publishes its outbox itself: each event alone, one in three double, any
    order, some seconds late. Gives how many it published.
    """
    async with city.databases() as (bookings, _), city.databases() as (second, _), connected(city) as client:
        elected = asyncio.create_task(bookings.execute(LOCK))
        await asyncio.sleep(0.2)
        await second.execute(DEPOSE)
        await elected
        end, published = asyncio.get_running_loop().time() + seconds, 0
        while asyncio.get_running_loop().time() < end:
            published += await _publish_some(bookings, client)
            await asyncio.sleep(ROUND_SECONDS)
        return published


async def _publish_some(bookings: asyncpg.Connection, client: Client) -> int:
    rows = await bookings.fetch("SELECT id, subject, envelope FROM outbox WHERE published_at IS NULL")
    chosen = [row for row in rows if random.random() > LATE]
    messages = chosen + random.sample(chosen, len(chosen) // 3)
    random.shuffle(messages)
    for row in messages:
        await send(client, row["subject"], f"[{row['envelope']}]".encode())
    ids = [row["id"] for row in chosen]
    await bookings.execute("UPDATE outbox SET published_at = created_at WHERE id = ANY ($1)", ids)
    return len(chosen)
