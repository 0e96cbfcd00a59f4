"""Fixtures for every test: real PostgreSQL and NATS, a database of its own for each test, tokens, a clock that waits.

Loaded as a pytest plugin (`-p services.testing`). A test starts services as they run for real, in its own process:

    async with stack.running(booking_svc.app.create(stack.settings(Settings, "booking"), clock=clock)) as client:
        answer = await client.get("/api/v1/centres", headers=stack.bearer("citizen", number="…"))
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import asyncpg
import httpx
import nats
import pytest
import pytest_asyncio
from fastapi import FastAPI
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from xdist.scheduler import LoadFileScheduling

from services.clock import FixedClock
from services.local.servers import Servers, temporary_servers
from services.migrations import migrate
from services.settings import ServiceSettings

MORNING = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""Tuesday, 24 November 2026, 09:00 in Kyiv: where test clocks start."""
ISSUER = "vizyt-test"
SECRETS = {"privacy_hmac_keys": "1:" + "11" * 32, "privacy_seal_keys": "1:" + "22" * 32}
Settings = TypeVar("Settings", bound=ServiceSettings)


class Issuer:
    """A token issuer with a key of its own."""

    def __init__(self, folder: Path) -> None:
        self._key = RSAKey.generate_key(2048, {"kid": "test"})
        self.jwks = folder / "jwks.json"
        self.jwks.write_text(json.dumps(KeySet([self._key]).as_dict(private=False)))

    def token(self, *roles: str, now: datetime, **claims: Any) -> str:
        """A bearer token valid for an hour; `claims` add to the standard ones or replace them."""
        seconds = int(now.timestamp())
        standard = {"iss": ISSUER, "aud": "vizyt", "sub": "somebody", "iat": seconds, "exp": seconds + 3600}
        header = {"alg": "RS256", "kid": "test", "typ": claims.pop("typ", "at+jwt")}
        return jwt.encode(header, {**standard, "roles": list(roles), **claims}, self._key)


class Stack:
    """One test's world: the shared servers, databases of its own, one clock."""

    def __init__(self, servers: Servers, issuer: Issuer, clock: FixedClock) -> None:
        self.servers, self.issuer, self.clock = servers, issuer, clock
        self._mark = secrets.token_hex(4)
        self._made: set[str] = set()

    def database_url(self, name: str) -> str:
        """Of this test's own database, made by `database`."""
        return self.servers.database_url(f"{name}_{self._mark}")

    async def database(self, name: str) -> str:
        """A new, migrated database of the service `<name>_svc`, copied from a template."""
        if name not in self._made:
            await _template(self.servers, name)
            made = f'CREATE DATABASE "{name}_{self._mark}" TEMPLATE "{name}_template" STRATEGY file_copy'
            await self._administer(made)
            self._made.add(name)
        return self.database_url(name)

    def settings(self, kind: type[Settings], name: str, **more: Any) -> Settings:
        common = {
            "nats_url": self.servers.nats_url,
            "auth_jwks_url": self.issuer.jwks.as_uri(),
            "auth_issuer": ISSUER,
            "log_level": "ERROR",
            "stop_timeout_seconds": 1.0,
            **SECRETS,
        }
        return kind(**{**common, "database_url": self.database_url(name), **more})

    def bearer(self, *roles: str, **claims: Any) -> dict[str, str]:
        """The `Authorization` header of somebody with these roles and claims."""
        return {"Authorization": f"Bearer {self.issuer.token(*roles, now=self.clock.now(), **claims)}"}

    @asynccontextmanager
    async def running(self, app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
        """Starts the app as its process would, and gives a client to its front door."""
        async with app.router.lifespan_context(app):
            await eventually(lambda: _true(app.state.running.ready))
            transport = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport, base_url="http://test", timeout=30) as client:
                yield client

    async def close(self) -> None:
        for name in self._made:
            await self._administer(f'DROP DATABASE "{name}_{self._mark}" WITH (FORCE)')

    async def _administer(self, statement: str) -> None:
        connection = await asyncpg.connect(self.servers.database_url("postgres"))
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


async def _true(value: bool) -> bool:
    return value


async def eventually(check: Callable[[], Awaitable[Any]], *, seconds: float = 10.0) -> Any:
    """Waits until the check gives something true and returns it; fails after `seconds`."""
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        if result := await check():
            return result
        if asyncio.get_running_loop().time() > deadline:
            raise AssertionError(f"not within {seconds} s: {check}")
        await asyncio.sleep(0.02)


_templates: dict[str, asyncio.Lock] = {}
_migrated: set[str] = set()


async def _template(servers: Servers, name: str) -> None:
    async with _templates.setdefault(name, asyncio.Lock()):
        if name not in _migrated:
            url = await servers.create_database(f"{name}_template")
            await asyncio.to_thread(migrate, f"{name}_svc", url)
            _migrated.add(name)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that start whole processes come first, so that no worker is left with a long one at the end."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: 0 if "e2e" in item.path.parts else 1 if item.path in slow else 2)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    return ByRuns(config, log)


class ByRuns(LoadFileScheduling):  # type: ignore[misc]
    """A file goes to one worker, because its tests share a run; the files of tests/e2e share theirs with each other."""

    def _split_scope(self, nodeid: str) -> str:
        return "tests/e2e" if nodeid.startswith("tests/e2e/") else nodeid.partition("::")[0]


@pytest_asyncio.fixture(scope="session")
async def servers() -> AsyncIterator[Servers]:
    """PostgreSQL and NATS, started once for all tests."""
    async with temporary_servers() as both:
        await _trust_the_machine(both)
        yield both


async def _trust_the_machine(servers: Servers) -> None:
    """Processes are killed in tests, the machine is not: what a process wrote is there without an fsync."""
    connection = await asyncpg.connect(servers.database_url("postgres"))
    try:
        await connection.execute("ALTER SYSTEM SET fsync = off")
        await connection.execute("SELECT pg_reload_conf()")
    finally:
        await connection.close()


@pytest.fixture(scope="session")
def issuer(tmp_path_factory: pytest.TempPathFactory) -> Issuer:
    return Issuer(tmp_path_factory.mktemp("issuer"))


@pytest.fixture
def clock() -> FixedClock:
    """Stands at 09:00 in Kyiv on a Tuesday until a test moves it."""
    return FixedClock(MORNING)


@pytest_asyncio.fixture
async def stack(servers: Servers, issuer: Issuer, clock: FixedClock) -> AsyncIterator[Stack]:
    await _empty_streams(servers.nats_url)
    world = Stack(servers, issuer, clock)
    yield world
    await world.close()


async def _empty_streams(url: str) -> None:
    connection = await nats.connect(url)
    streams = connection.jetstream()
    for info in await streams.streams_info():
        await streams.delete_stream(str(info.config.name))
    await connection.close()
