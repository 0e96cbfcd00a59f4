"""The service's own PostgreSQL: an SQLAlchemy engine for most, an asyncpg pool for the hot statements."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
from sqlalchemy import MetaData, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

NAMING = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}
HOT_SETTINGS = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "jit": "off"}
"""Generic plans save PostgreSQL 1.8 times the CPU on the hot statements (measurements.md)."""
STATEMENT_TIMEOUT_SECONDS = 8
UNREACHABLE = (
    OSError,
    TimeoutError,
    asyncpg.PostgresConnectionError,
    asyncpg.OperatorInterventionError,
    asyncpg.TooManyConnectionsError,
    asyncpg.InternalClientError,  # the server has died, and this connection has half noticed it
    asyncpg.TransactionRollbackError,  # a deadlock: the next attempt finds the locks free
)
UNSTORABLE = (asyncpg.CharacterNotInRepertoireError, asyncpg.UntranslatableCharacterError)


def metadata() -> MetaData:
    """A new metadata with our names for constraints: one per service."""
    return MetaData(naming_convention=NAMING)


class Db:
    """Handlers get this and own their transactions: `async with db.begin() as session`."""

    def __init__(self, url: str, *, pool_size: int = 8) -> None:
        self.url = url
        self._pool_size = pool_size
        self.engine: AsyncEngine = create_async_engine(
            sqlalchemy_url(url),
            pool_size=pool_size,
            pool_pre_ping=True,
            hide_parameters=True,  # errors must not print what was given: it may be personal data
            connect_args={"command_timeout": STATEMENT_TIMEOUT_SECONDS, "timeout": 5},
        )
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)
        self._pool: asyncpg.Pool[asyncpg.Record] | None = None

    async def start(self) -> None:
        self._pool = await asyncpg.create_pool(
            self.url,
            min_size=0,
            max_size=self._pool_size,
            reset=_keep,
            command_timeout=STATEMENT_TIMEOUT_SECONDS,
            timeout=5,
            server_settings=HOT_SETTINGS,
        )

    async def stop(self) -> None:
        if self._pool:
            try:
                await asyncio.wait_for(self._pool.close(), 2)
            except TimeoutError:
                self._pool.terminate()
        await self.engine.dispose()

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A session in a transaction that commits at the end and rolls back on an exception."""
        async with self._sessions.begin() as session:
            yield session

    async def hot(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        """One batched statement, committed by itself, on a connection with generic plans."""
        assert self._pool is not None, "Db.start() was not called"
        rows: list[asyncpg.Record] = await self._pool.fetch(statement, *arguments)
        return rows

    async def connect(self) -> asyncpg.Connection[asyncpg.Record]:
        """A connection of one's own (leadership, LISTEN); the caller closes it."""
        connection: asyncpg.Connection[asyncpg.Record] = await asyncpg.connect(self.url, timeout=5, command_timeout=5)
        return connection

    async def ping(self) -> None:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))


def unreachable(error: BaseException) -> bool:
    """Whether the database did not answer, as against refusing a statement: trying again later may help."""
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    cause = _driver_error(error)
    closed = isinstance(cause, asyncpg.InterfaceError) and "clos" in str(cause)  # the connection or the pool
    return closed or isinstance(cause, (*UNREACHABLE, PoolTimeout))


def unstorable(error: BaseException) -> bool:
    """Whether a text held a character that PostgreSQL cannot keep (U+0000): a wrong request, not a fault of ours."""
    return isinstance(_driver_error(error), UNSTORABLE)


def _driver_error(error: BaseException) -> BaseException | None:
    return error.orig.__cause__ if isinstance(error, DBAPIError) and error.orig else error


async def _keep(_: object) -> None:
    """asyncpg's RESET on release costs a round trip (measurements.md), and hot statements leave nothing behind."""


def sqlalchemy_url(url: str) -> str:
    return "postgresql+asyncpg://" + url.split("://", 1)[1]
