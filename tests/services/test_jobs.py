"""One process does the work of all: leadership by a lock in the database, jobs that do not stop each other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import uuid4

import pytest

from services.clock import FixedClock
from services.context import Context
from services.db import Db
from services.idempotency import Idempotency
from services.jobs import INBOX_LIVES, Job, lead
from services.settings import DatabaseSettings
from services.tasks import end
from services.testing import Stack, eventually
from tests.services.test_consumer import send
from tests.services.world import Fragile, Happened, effects, make_tables, tell


@asynccontextmanager
async def leading(
    settings: DatabaseSettings, clock: FixedClock, jobs: Sequence[Job], name: str
) -> AsyncIterator[Context]:
    """A process of the service as far as its jobs go."""
    context = Context(settings, clock, name=name)
    await context.db.start()
    await context.bus.start()
    context.put(Idempotency(context.db))
    task = asyncio.create_task(lead(context, jobs))
    try:
        yield context
    finally:
        await end([task])
        await context.bus.stop()
        await context.db.stop()


class Worker:
    """A job that counts its runs by the name of the process."""

    def __init__(self) -> None:
        self.runs: dict[str, int] = {}

    async def run(self, context: Context) -> None:
        self.runs[context.name] = self.runs.get(context.name, 0) + 1

    @property
    def job(self) -> Job:
        return Job("count", self.run, every_seconds=0.02)

    async def has(self, name: str) -> bool:
        return self.runs.get(name, 0) > 2


@pytest.fixture
def worker() -> Worker:
    return Worker()


async def test_only_the_leader_works(settings: DatabaseSettings, clock: FixedClock, worker: Worker) -> None:
    """Of two processes one does the jobs; when it stops the other goes on."""
    async with leading(settings, clock, [worker.job], "one"):
        await eventually(lambda: worker.has("one"))
        async with leading(settings, clock, [worker.job], "two"):
            await asyncio.sleep(0.7)
            assert "two" not in worker.runs
        before = worker.runs["one"]
        await eventually(lambda: _more(worker, before))
    async with leading(settings, clock, [worker.job], "two"):
        await eventually(lambda: worker.has("two"))


async def _more(worker: Worker, than: int) -> bool:
    return worker.runs["one"] > than


async def test_leadership_moves_when_the_leaders_connection_dies(
    settings: DatabaseSettings, clock: FixedClock, worker: Worker, db: Db
) -> None:
    """Terminated in the database, the leader stops its jobs within a second or so and another takes over."""
    async with leading(settings, clock, [worker.job], "one"):
        await eventually(lambda: worker.has("one"))
        async with leading(settings, clock, [worker.job], "two"):
            await asyncio.sleep(0.6)
            killed = await db.hot(
                "SELECT pg_terminate_backend(pid) FROM pg_locks"
                " WHERE locktype = 'advisory' AND granted"
                " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
            )
            assert len(killed) == 1
            await eventually(lambda: _led(worker))
            await asyncio.sleep(1.5)
            before = dict(worker.runs)
            await asyncio.sleep(0.3)
            working = [name for name, runs in worker.runs.items() if runs > before[name]]
            assert len(working) == 1, "exactly one leads afterwards"


async def _led(worker: Worker) -> bool:
    return worker.runs.get("two", 0) > 2 or worker.runs["one"] > 200


async def test_a_job_that_fails_stops_nobody(
    settings: DatabaseSettings, clock: FixedClock, worker: Worker, db: Db
) -> None:
    """Neither itself nor the others nor the relay: it is tried again at its next time."""
    attempts: list[int] = []

    async def fail(_: Context) -> None:
        attempts.append(1)
        raise RuntimeError("1759013776")

    async with leading(settings, clock, [Job("fail", fail, every_seconds=0.02), worker.job], "one"):
        await eventually(lambda: worker.has("one"))
        await tell(db, Happened(number=1), now=clock.now())
        await eventually(lambda: _sent(db))
    assert len(attempts) > 2


async def _sent(db: Db) -> bool:
    return (await db.hot("SELECT count(*) FROM outbox WHERE published_at IS NULL"))[0][0] == 0


async def test_a_job_that_hangs_holds_up_no_other(
    settings: DatabaseSettings, clock: FixedClock, worker: Worker
) -> None:
    """Each job has its own time."""

    async def hang(_: Context) -> None:
        await asyncio.sleep(60)

    async with leading(settings, clock, [Job("hang", hang), worker.job], "one"):
        await eventually(lambda: worker.has("one"))


async def test_a_job_that_does_not_hear_its_end_cannot_hold_up_the_leaders(
    settings: DatabaseSettings, clock: FixedClock
) -> None:
    """A cancellation that a library swallows is repeated until the job ends."""
    swallowed: list[int] = []

    async def deaf(_: Context) -> None:
        for _turn in range(3):
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                swallowed.append(1)
        raise asyncio.CancelledError

    async with leading(settings, clock, [Job("deaf", deaf)], "one"):
        await asyncio.sleep(0.3)
        ending = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - ending < 5
    assert len(swallowed) == 3


async def test_two_relays_publish_each_event_once(
    settings: DatabaseSettings, clock: FixedClock, db: Db, stack: Stack
) -> None:
    """Two processes, one relay: what is told while leadership moves is published, none is missing."""
    async with leading(settings, clock, [], "one") as one, leading(settings, clock, [], "two"):
        for number in range(30):
            await tell(db, Happened(number=number), now=clock.now())
        await eventually(lambda: _sent(db))
        info = await one.bus.js.stream_info("PROBE")
        await one.db.hot("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
                         " AND datname = current_database() AND query ILIKE '%outbox%'")  # fmt: skip
        for number in range(30, 60):
            await tell(db, Happened(number=number), now=clock.now())
        await eventually(lambda: _sent(db))
        later = await one.bus.js.stream_info("PROBE")
    assert later.state.messages > info.state.messages


async def test_a_database_restart_is_survived(
    fragile: Fragile, stack: Stack, clock: FixedClock, worker: Worker
) -> None:
    """Without PostgreSQL nobody leads; when it is back somebody does."""
    url = await fragile.servers.create_database("jobs_restart")
    await make_tables(url)
    settings = stack.settings(DatabaseSettings, "x", database_url=url, nats_url=fragile.servers.nats_url)
    async with leading(settings, clock, [worker.job], "one"):
        await eventually(lambda: worker.has("one"))
        await fragile.stop("postgres")
        await asyncio.sleep(1.5)
        stopped = worker.runs["one"]
        await asyncio.sleep(0.2)
        assert worker.runs["one"] == stopped
        await fragile.start("postgres")
        await eventually(lambda: _more(worker, stopped))


async def test_the_leader_tidies_the_chassis_tables(settings: DatabaseSettings, clock: FixedClock, db: Db) -> None:
    """What the inbox remembers longer than any stream keeps messages is swept; this month has its partition."""
    old, young = clock.now() - INBOX_LIVES, clock.now() - INBOX_LIVES + timedelta(seconds=1)
    for moment in (old, young):
        await db.hot("INSERT INTO inbox VALUES ($1, $2)", uuid4(), moment)
    async with leading(settings, clock, [], "one"):

        async def swept() -> bool:
            rows = await db.hot("SELECT received_at FROM inbox")
            return [row["received_at"] for row in rows] == [young]

        await eventually(swept)
        await eventually(lambda: _partitioned(db))


async def _partitioned(db: Db) -> bool:
    return bool((await db.hot("SELECT to_regclass('outbox_2026_11') AS name"))[0]["name"])


async def test_effects_and_events_may_share_a_leader(settings: DatabaseSettings, clock: FixedClock, db: Db) -> None:
    """A job may itself tell events; the relay of the same leader publishes them."""

    async def work(context: Context) -> None:
        await tell(context.db, Happened(number=1), now=context.clock.now())

    async with leading(settings, clock, [Job("tell", work, every_seconds=60)], "one") as context:
        await send(context.bus, Happened(number=0))

        async def two() -> bool:
            return (await context.bus.js.stream_info("PROBE")).state.messages == 2

        await eventually(two)
    assert await effects(db) == []
