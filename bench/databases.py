"""Two more databases on the run's PostgreSQL, each with the tables of both services: for the limit, and for the ORM."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import asyncpg

from bench.city import NEW_DAY
from bench.system import System, query, script
from services.local.servers import create_database
from services.migrations import migrate

LIMIT, ORM = "bench_limit", "bench_orm"
SCHEMAS = {"booking": "booking_svc", "quota": "quota_svc"}
PLENTY = 1_000_000_000
SLOTS = (
    "SELECT queue, centre, starts_at, ends_at, visit_date FROM slot"
    " WHERE starts_with(centre, 'bench-base') AND visit_date <= $1 ORDER BY id"
)
PUT_SLOTS = """
INSERT INTO slot (queue, centre, starts_at, ends_at, visit_date, scheduled, capacity)
SELECT *, $6::int, $6::int FROM unnest($1::text[], $2::text[], $3::timestamptz[], $4::timestamptz[], $5::date[])
"""
POLICIES = "SELECT * FROM policy WHERE organisation = 'bench'"


def make(system: System, name: str) -> str:
    """A database with the real tables, the base city's slots with endless places, and its policies. Its address."""
    url = system.database(name)
    asyncio.run(create_database(system.database("postgres"), name))
    for schema, service in SCHEMAS.items():
        script(url, f"CREATE SCHEMA {schema}; ALTER DATABASE {name} SET search_path = {schema}")
        migrate(service, url)
    script(url, f"ALTER DATABASE {name} SET search_path = {', '.join(SCHEMAS)}")
    slots = query(system.database("booking"), SLOTS, NEW_DAY)
    query(url, PUT_SLOTS, *(list(column) for column in zip(*slots, strict=True)), PLENTY)
    _copy(url, "policy", query(system.database("quota"), POLICIES))
    return url


def _copy(url: str, table: str, rows: Sequence[asyncpg.Record]) -> None:
    columns = list(rows[0].keys())
    numbers = ", ".join(f"${at}" for at in range(1, len(columns) + 1))
    for row in rows:
        query(url, f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({numbers})", *row.values())  # noqa: S608 (own)
