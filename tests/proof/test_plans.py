"""The plans of the hot statements, made as the services make them: while the tables are still empty, and kept for as
long as the connection lives. Not one of them may read a table or an index whole: it would be slower with each booking.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import asyncpg
import orjson
import pytest

from booking_svc.bookings.repository import HOLD
from booking_svc.day.repository import ENTRIES, SLOTS
from quota_svc.repository.reserving import EXPLAIN, KEYS_IN_USE, RESERVE
from services.db import HOT_SETTINGS
from services.idempotency import BIND, FREE, UNBIND
from services.testing import Stack

HOT = {
    "hold": ("booking", HOLD),
    "bind": ("booking", BIND),
    "free": ("booking", FREE),
    "unbind": ("booking", UNBIND),
    "entries of a day": ("booking", ENTRIES),
    "slots of a day": ("booking", SLOTS),
    "reserve": ("quota", RESERVE),
    "explain": ("quota", EXPLAIN),
    "keys in use": ("quota", KEYS_IN_USE),
}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", ()):
        yield from nodes(part)


def reads_whole(node: dict[str, Any]) -> bool:
    kind = node["Node Type"]
    return kind == "Seq Scan" or ("Index" in kind and "Scan" in kind and "Index Cond" not in node)


@pytest.mark.parametrize("name", HOT)
async def test_a_hot_statement_reads_what_it_names_and_no_more(stack: Stack, name: str) -> None:
    """On a new database, with the hot pool's settings and a generic plan."""
    database, statement = HOT[name]
    url = await stack.database(database)
    connection = await asyncpg.connect(url, server_settings=HOT_SETTINGS)
    try:
        await connection.execute(f"PREPARE hot AS {statement}")
        count = await connection.fetchval(
            "SELECT cardinality(parameter_types) FROM pg_prepared_statements WHERE name = 'hot'"
        )
        nothing = ", ".join(["NULL"] * count)
        plan = orjson.loads(await connection.fetchval(f"EXPLAIN (FORMAT JSON) EXECUTE hot({nothing})"))[0]["Plan"]
    finally:
        await connection.close()
    whole = [f"{node['Node Type']} {node.get('Relation Name')} {node.get('Index Name')}" for node in nodes(plan)
             if reads_whole(node)]  # fmt: skip
    assert whole == []
