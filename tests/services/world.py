"""What the tests of the chassis share: two events of nobody's, an effect to count, servers that may be killed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any, ClassVar

import asyncpg
import httpx
from fastapi import FastAPI
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts import Event
from services.db import Db
from services.local.processes import Child
from services.local.servers import Servers, answers
from services.outbox import emit
from services.schema import STATEMENTS

Build = Callable[..., FastAPI]


class Happened(Event):
    """An event of nobody's, for tests of the chassis."""

    subject: ClassVar[str] = "probe.happened.v1"
    number: int


class Ended(Event):
    subject: ClassVar[str] = "probe.ended.v1"
    number: int


async def make_tables(url: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        for statement in STATEMENTS:
            await connection.execute(statement)
        await connection.execute("CREATE TABLE effect (id bigint GENERATED ALWAYS AS IDENTITY, number int NOT NULL)")
    finally:
        await connection.close()


async def note(session: AsyncSession, events: list[Happened], *, now: datetime) -> None:
    """A handler: an effect per event."""
    for event in events:
        await session.execute(text("INSERT INTO effect (number) VALUES (:number)"), {"number": event.number})


async def effects(db: Db) -> list[int]:
    return [row["number"] for row in await db.hot("SELECT number FROM effect ORDER BY id")]


async def tell(db: Db, *events: Event, now: datetime) -> None:
    """Emits events in a transaction of their own."""
    async with db.begin() as session:
        await emit(session, *events, now=now)


@asynccontextmanager
async def served(app: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an app whose lifespan nobody started: for what stands around an app."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=30) as client:
        yield client


class Fragile:
    """PostgreSQL and NATS of their own, which a test may stop, kill and start again at the same addresses."""

    def __init__(self, servers: Servers) -> None:
        self.servers = servers

    def child(self, name: str) -> Child:
        return next(child for child in self.servers._children if child.command.name == name)

    async def stop(self, name: str) -> None:
        await self.child(name).stop()

    async def start(self, name: str) -> None:
        old = self.child(name)
        server = self.servers._nats if name == "nats" else self.servers._postgres
        new = await Child.start(old.command)
        assert await answers(new, server)
        self.servers._children[self.servers._children.index(old)] = new


async def seconds_for(work: Any) -> float:
    """How long it takes, seconds."""
    loop = asyncio.get_running_loop()
    started = loop.time()
    await work
    return loop.time() - started
