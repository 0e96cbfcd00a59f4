"""Schema changes by alembic: a service's own in its `migrations/`, under one lock."""

from __future__ import annotations

import asyncio

import alembic.command
import alembic.context
from alembic.config import Config
from sqlalchemy import Connection, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.db import sqlalchemy_url


def migrate(service: str, url: str) -> None:
    """Brings the service's database to the newest schema. Blocking: alembic runs its own event loop."""
    config = Config()
    config.set_main_option("script_location", f"{service}:migrations")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    alembic.command.upgrade(config, "head")


def run_migrations() -> None:
    """All that a service's `migrations/env.py` has to call."""
    asyncio.run(_run_migrations(alembic.context.config.attributes["url"]))


async def _run_migrations(url: str) -> None:
    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_run_on)
            await connection.commit()
    finally:
        await engine.dispose()


def _run_on(connection: Connection) -> None:
    connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('vizyt.migrate'))"))
    alembic.context.configure(connection=connection, transaction_per_migration=False)
    with alembic.context.begin_transaction():
        alembic.context.run_migrations()
