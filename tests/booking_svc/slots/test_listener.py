"""What one process commits, every process knows within a second, also after its connection was lost."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Any

import pytest_asyncio

from booking_svc.app import create
from booking_svc.catalogue.memory import Catalogue
from booking_svc.settings import Settings
from booking_svc.slots.listener import APPLICATION, start, stop
from booking_svc.slots.memory import FreeSlots
from services.context import Context
from services.testing import Stack, eventually

PAPERS = "lutsk-main-papers"
LISTENING = f"datname = current_database() AND application_name = '{APPLICATION}'"
NINE = "2026-11-25T09:00:00+02:00"
CLAIM = (
    "WITH taken AS (UPDATE slot SET taken = taken + 1, version = version + 1"
    " WHERE queue = $1 AND starts_at = $2::text::timestamptz RETURNING id, capacity - taken AS free, version)"
    " SELECT pg_notify('slots', json_agg(json_build_array(id, free, version))::text) FROM taken"
)


@pytest_asyncio.fixture
async def neighbour(settled: Any, stack: Stack) -> AsyncIterator[Context]:
    """A second process of booking_svc on the same database."""
    app = create(stack.settings(Settings, "booking", ticket_key_seed="33" * 32), clock=settled.clock)
    async with stack.running(app):
        yield app.state.context


def free(context: Context, starts_at: str = NINE) -> int | None:
    found = context.get(FreeSlots).find(PAPERS, datetime.fromisoformat(starts_at))
    return found.free if found else None


async def shows(context: Context, expected: int | None, starts_at: str = NINE) -> bool:
    return free(context, starts_at) == expected


async def lose_connections(house: Any) -> None:
    """PostgreSQL ends every connection that listens, as a restart or a cut cable does."""
    await house.rows("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE " + LISTENING)


async def test_a_new_process_reads_what_is_there(settled: Any, neighbour: Context) -> None:
    """Before it is ready it knows the catalogue and every coming slot."""
    assert neighbour.get(Catalogue).snapshot == settled.context.get(Catalogue).snapshot
    assert free(neighbour) == 2


async def test_a_claim_of_one_process_is_known_to_the_other(settled: Any, neighbour: Context) -> None:
    """By NOTIFY, with the commit."""
    await settled.rows(CLAIM, PAPERS, NINE)
    await eventually(lambda: shows(neighbour, 1), seconds=1)
    await eventually(lambda: shows(settled.context, 1), seconds=1)


async def test_what_was_rolled_back_was_never_told(settled: Any, neighbour: Context) -> None:
    """The notice is part of the transaction."""
    connection = await settled.context.db.connect()
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute(CLAIM, PAPERS, NINE)
    await transaction.rollback()
    await connection.close()
    await settled.rows(CLAIM, PAPERS, "2026-11-25T09:20:00+02:00")
    await eventually(lambda: shows(neighbour, 1, "2026-11-25T09:20:00+02:00"), seconds=1)
    assert free(neighbour) == 2


async def test_a_change_of_the_schedule_reaches_the_other_process(settled: Any, neighbour: Context) -> None:
    """Catalogue and slots; the process that wrote it has it before it answers."""
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"closed": True})
    assert free(settled.context) is None
    await eventually(lambda: shows(neighbour, None), seconds=1)
    centre = neighbour.get(Catalogue).centre("lutsk-main")
    assert centre is not None
    assert centre.calendar[0].hours == ()


async def test_a_lost_connection_is_replaced_and_the_gap_is_read(settled: Any, neighbour: Context) -> None:
    """What was committed while nobody listened is known a second later; after that, news come again."""
    await lose_connections(settled)
    await settled.rows("UPDATE slot SET taken = 1, version = version + 1 WHERE queue = $1", PAPERS)
    await eventually(lambda: shows(neighbour, 1), seconds=2)
    await settled.rows(CLAIM, PAPERS, NINE)
    await eventually(lambda: shows(neighbour, 0), seconds=1)


async def test_a_slot_made_and_taken_at_once_is_right_everywhere(settled: Any, neighbour: Context) -> None:
    """The news of a place and the notice to read the new queue arrive together, again and again."""
    day = "/calendar/centres/lutsk-main/2026-11-28"
    for _ in range(5):
        await settled.send("PUT", day, {"hours": [["09:00", "09:20"]]})
        await settled.rows(CLAIM, PAPERS, "2026-11-28T09:00:00+02:00")
        rows = await settled.rows(
            "SELECT capacity - taken AS free FROM slot WHERE queue = $1 AND visit_date = '2026-11-28'", PAPERS
        )
        left = rows[0]["free"]
        await eventually(lambda left=left: shows(neighbour, left, "2026-11-28T09:00:00+02:00"), seconds=1)
        await settled.rows("UPDATE slot SET taken = 0, version = version + 1 WHERE visit_date = '2026-11-28'")
        await settled.send("DELETE", day)
        await eventually(lambda: shows(neighbour, None, "2026-11-28T09:00:00+02:00"), seconds=1)


async def test_starting_again_leaves_one_listener(settled: Any) -> None:
    """A start that failed at a later step is repeated as a whole; stopping ends the connection."""
    await start(settled.context)
    await start(settled.context)
    assert free(settled.context) == 2
    await eventually(lambda: listen(settled, 1), seconds=2)
    await stop(settled.context)
    await eventually(lambda: listen(settled, 0), seconds=2)


async def listen(house: Any, number: int) -> bool:
    rows = await house.rows("SELECT count(*) AS count FROM pg_stat_activity WHERE " + LISTENING)
    return bool(rows[0]["count"] == number)
