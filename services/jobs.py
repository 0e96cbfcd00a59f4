"""Work that one process of a service does for all: the outbox relay and the periodic jobs, under an advisory lock."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import asyncpg
import structlog

from services import telemetry
from services.context import Context
from services.idempotency import Idempotency
from services.outbox import Relay, ensure_partitions
from services.tasks import end

log = structlog.get_logger()
LOCK = "SELECT pg_try_advisory_lock(hashtext('vizyt.leader'))"
RETRY_SECONDS = 0.5
INBOX_LIVES = timedelta(days=60)
"""Longer than any stream keeps its messages, so that nothing old can arrive as if new."""


@dataclass(frozen=True)
class Job:
    """Runs again `every_seconds` of real time, by the leader; it asks the context's clock what is due."""

    name: str
    run: Callable[[Context], Awaitable[None]]
    every_seconds: float = 0.5


async def lead(context: Context, jobs: Sequence[Job]) -> None:
    """Tries for ever to be the leader of the service's database, and does its work while it is."""
    while True:
        try:
            connection = await context.db.connect()
            try:
                while not await connection.fetchval(LOCK):  # noqa: ASYNC110 (the lock is in the database)
                    await asyncio.sleep(RETRY_SECONDS)
                await _serve(context, connection, [*jobs, *CHASSIS_JOBS])
            finally:
                connection.terminate()
        except Exception as error:
            log.info("leader.lost", error=telemetry.kind(error))
        await asyncio.sleep(RETRY_SECONDS)


async def _serve(context: Context, connection: asyncpg.Connection[asyncpg.Record], jobs: Sequence[Job]) -> None:
    """Relay and jobs until the leader's connection fails; then all of it stops."""
    relay = Relay(context.bus, context.clock)
    tasks = [asyncio.create_task(relay.run(connection), name="relay")]
    tasks += [asyncio.create_task(_repeat(context, job), name=job.name) for job in jobs]
    try:
        ended, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in ended:
            task.result()
    finally:
        await end(tasks)  # not a TaskGroup: that would cancel only once


async def _repeat(context: Context, job: Job) -> None:
    while True:
        telemetry.start_trace(None)
        try:
            await job.run(context)
        except Exception as error:
            log.warning("job.failed", job=job.name, error=telemetry.kind(error), exc_info=error)
        await asyncio.sleep(job.every_seconds)


async def _tidy(context: Context) -> None:
    now = context.clock.now()
    await context.get(Idempotency).forget(now)
    await context.db.hot("DELETE FROM inbox WHERE received_at <= $1", now - INBOX_LIVES)
    await ensure_partitions(context.db, now)


async def _measure(context: Context) -> None:
    rows = await context.db.hot("SELECT count(*) AS waiting FROM outbox WHERE published_at IS NULL")
    telemetry.BACKLOG.labels(context.name).set(rows[0]["waiting"])


CHASSIS_JOBS = (Job("tidy", _tidy, every_seconds=60), Job("measure", _measure, every_seconds=5))
