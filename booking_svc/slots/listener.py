"""Keeps this process's memory of slots and catalogue in step with the database.

Decision: changes travel by PostgreSQL NOTIFY, on a connection of each process that does nothing else, not over a NATS
core subject. A notice is part of the writing transaction: it is delivered if and only if that commits, after the
commit, in the order of the commits; so there is no gap to heal between a commit and a publish, and one mechanism does.
What may be lost is the connection: a heartbeat finds out within a second, and a new one begins with reading everything.
Why not NATS: a process that dies between commit and publish leaves every other memory wrong until something compares
versions, which then is a second mechanism and a load on the database. The price: a commit with a notice takes a lock
that lets such commits pass one by one; they are batched, and the outbox wakes its relay by NOTIFY anyway.
Revisit when: NOTIFY shows up among the waits of the hot path, or services read through a pooler that has no LISTEN.

Payloads on the channel `slots` (JSON, below 8000 bytes):
- `[[slot_id, free, version], …]`: free places of these slots from now on (`pg_notify('slots', …)` in the claim);
- `{"queues": [id, …]}`: read these queues again; `{"catalogue": true}`: read the catalogue again.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Protocol

import asyncpg
import orjson
import structlog

from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots import repository
from booking_svc.slots.memory import FreeSlots
from booking_svc.slots.views import Availability
from services.context import Context
from services.tasks import end

APPLICATION = "booking_svc slots"
"""How the connection is called in `pg_stat_activity`."""
HEARTBEAT_SECONDS = 0.3
PATIENCE_SECONDS = 0.7
RETRY_SECONDS = 0.1
CATCH_UP_SECONDS = 5.0
KEPT_BEHIND = timedelta(days=1)
log = structlog.get_logger()
if TYPE_CHECKING:
    Connection = asyncpg.Connection[asyncpg.Record]


class Ear(Protocol):
    """Another subject's memory, which hears a channel of its own over the same connection."""

    def heard(self, payload: str) -> None: ...

    def begin(self) -> None:
        """From here on everything is heard; before, some may have been missed."""


class Listener:
    """One task with one connection."""

    def __init__(
        self, context: Context, catalogue: Catalogue, free_slots: FreeSlots, *, ears: Mapping[str, Ear]
    ) -> None:
        self._context, self._catalogue, self._free_slots, self._ears = context, catalogue, free_slots, ears
        self._wake = asyncio.Event()
        self._queues: set[str] = set()
        self._stale_catalogue = False
        self._waiters: list[asyncio.Future[None]] = []
        self._task: asyncio.Task[None] | None = None
        self._connection: Connection | None = None

    async def start(self) -> None:
        """Returns when everything has been read once; raises if that fails."""
        self._connection = await self._connected()
        self._task = asyncio.create_task(self._run(), name="slots listener")

    async def stop(self) -> None:
        if self._task:
            await end([self._task])
        self._disconnect()

    async def catch_up(self, queues: list[str]) -> None:
        """Reads the catalogue and these queues again, so that a writer finds in memory what it has committed.

        If the connection is lost, reading everything on a new one does the same; so nobody waits long here.
        """
        done = asyncio.get_running_loop().create_future()
        self._queues.update(queues)
        self._stale_catalogue = True
        self._waiters.append(done)
        self._wake.set()
        await asyncio.wait([done], timeout=CATCH_UP_SECONDS)

    async def _run(self) -> None:
        while True:
            try:
                self._connection = self._connection or await self._connected()
                await self._serve(self._connection)
            except Exception as error:
                log.warning("slots.listener_lost", error=type(error).__name__)
            self._disconnect()
            await asyncio.sleep(RETRY_SECONDS)

    def _disconnect(self) -> None:
        if self._connection:
            self._connection.terminate()
            self._connection = None

    async def _connected(self) -> Connection:
        """Listens first and reads then: whatever is committed meanwhile is heard."""
        connection = await self._context.db.connect()
        try:
            await connection.execute(f"SET application_name = '{APPLICATION}'")
            await connection.add_listener(repository.CHANNEL, self._heard)
            for channel in self._ears:
                await connection.add_listener(channel, self._pass_on)
            for ear in self._ears.values():
                ear.begin()
            await self._catalogue.refresh()
            self._free_slots.read(await self._load(connection))
        except BaseException:
            connection.terminate()
            raise
        return connection

    async def _load(self, connection: Connection, queues: list[str] | None = None) -> Any:
        since = self._context.clock.now() - KEPT_BEHIND
        return await repository.load(connection, since=since, queues=queues)

    def _heard(self, _connection: object, _pid: int, _channel: str, payload: object) -> None:
        notice = orjson.loads(str(payload))
        if isinstance(notice, list):
            self._free_slots.apply(notice)
            return
        self._queues.update(notice.get("queues", ()))
        self._stale_catalogue |= "catalogue" in notice
        self._wake.set()

    def _pass_on(self, _connection: object, _pid: int, channel: str, payload: object) -> None:
        self._ears[channel].heard(str(payload))

    async def _serve(self, connection: Connection) -> None:
        while True:
            await self._read_stale(connection)
            try:
                async with asyncio.timeout(HEARTBEAT_SECONDS):
                    await self._wake.wait()
            except TimeoutError:
                await connection.fetchval("SELECT 1", timeout=PATIENCE_SECONDS)

    async def _read_stale(self, connection: Connection) -> None:
        self._wake.clear()
        queues, self._queues = sorted(self._queues), set()
        stale, self._stale_catalogue = self._stale_catalogue, False
        waiters = len(self._waiters)
        if stale:
            await self._catalogue.refresh()
        if queues:
            self._free_slots.read(await self._load(connection, queues), queues)
        for waiter in self._waiters[:waiters]:
            waiter.set_result(None)
        del self._waiters[:waiters]


async def start(context: Context, *, ears: Mapping[str, Ear] | None = None) -> None:
    """Puts `Catalogue` and `FreeSlots`, filled, into the context. Tried again as a whole when it fails."""
    await stop(context)
    catalogue, free_slots = Catalogue(context.db), FreeSlots()
    listener = Listener(context, catalogue, free_slots, ears=ears or {})
    await listener.start()
    context.put(catalogue)
    context.put(free_slots)
    context.put(Availability(free_slots, time.monotonic))
    context.put(listener)


async def stop(context: Context) -> None:
    try:
        listener = context.get(Listener)
    except KeyError:
        return
    await listener.stop()
