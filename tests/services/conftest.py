"""The chassis under test: a database with nothing but the chassis' tables, NATS, and servers that may be killed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from fastapi import FastAPI

from services.app import Service, create_app
from services.bus import Bus
from services.clock import FixedClock
from services.db import Db
from services.local.servers import Servers, temporary_servers
from services.settings import DatabaseSettings
from services.testing import Stack
from tests.services.world import Build, Fragile, make_tables

TABLES = "outbox, inbox, dead_letter, idempotency, audit, effect"


@pytest_asyncio.fixture(scope="session")
async def chassis_url(servers: Servers) -> str:
    url = await servers.create_database("chassis")
    await make_tables(url)
    return url


@pytest_asyncio.fixture
async def url(stack: Stack, chassis_url: str) -> AsyncIterator[str]:
    """A database with the chassis' tables and a table `effect (number)`, all empty."""
    yield chassis_url
    connection = await asyncpg.connect(chassis_url)
    others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> $1"
    await connection.execute(others, connection.get_server_pid())
    await connection.execute(f"TRUNCATE {TABLES} RESTART IDENTITY")
    await connection.close()


@pytest_asyncio.fixture
async def db(url: str) -> AsyncIterator[Db]:
    opened = Db(url)
    await opened.start()
    yield opened
    await opened.stop()


@pytest_asyncio.fixture
async def bus(stack: Stack) -> AsyncIterator[Bus]:
    opened = Bus(stack.servers.nats_url, name="test")
    await opened.start()
    yield opened
    await opened.stop()


@pytest.fixture
def settings(stack: Stack, url: str) -> DatabaseSettings:
    return stack.settings(DatabaseSettings, "chassis", database_url=url, stop_timeout_seconds=3.0)


@pytest.fixture
def build(settings: DatabaseSettings, clock: FixedClock) -> Build:
    """Makes an app on the chassis; what it brings is given as `Service`'s fields, its name is `probe_svc`."""

    def make(**parts: Any) -> FastAPI:
        chosen = parts.pop("settings", settings)
        return create_app(chosen, Service(**{"name": "probe_svc", **parts}), clock=clock)

    return make


@pytest_asyncio.fixture(scope="module")
async def fragile() -> AsyncIterator[Fragile]:
    """Servers of this file's own, for tests that stop them."""
    async with temporary_servers() as servers:
        yield Fragile(servers)
