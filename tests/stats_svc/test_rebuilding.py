"""All figures made anew: the same numbers, nothing lost or doubled, while queries go on and events come in."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from sqlalchemy import text

from services import archive
from services.archive import Archive
from services.contracts import Event
from services.db import Db
from services.outbox import INSERT, Row, pack, row
from services.testing import Stack, eventually
from stats_svc.handlers.rebuilding import ARCHIVES
from tests.stats_svc.conftest import World, rated
from tests.stats_svc.test_projections import ALL, expected, figures

PATH = "/api/v1/stats/rebuild"


class Owner:
    """Stands for all who tell events: an outbox, and an archive under each name."""

    def __init__(self, world: World, db: Db) -> None:
        self.world, self.db = world, db

    async def keep(self, *events: Event) -> list[Row]:
        """In the archive only."""
        rows = [row(event, now=self.world.clock.now()) for event in events]
        ids, subjects, envelopes = (list(column) for column in zip(*rows, strict=True))
        fields = {"now": self.world.clock.now(), "ids": ids, "subjects": subjects, "envelopes": envelopes}
        async with self.db.begin() as session:
            await session.execute(INSERT, fields)
            await session.execute(text("UPDATE outbox SET published_at = created_at"))
        return rows

    async def send(self, rows: list[Row]) -> None:
        """On the streams, as the relay does; waits until all of it is taken."""
        await self.world.bus.publish(pack([item._asdict() for item in rows]))
        self.world.told += len(rows)
        await eventually(self.world.all_taken, seconds=30)

    async def tell(self, *events: Event) -> None:
        await self.send(await self.keep(*events))


@pytest_asyncio.fixture
async def owner(world: World, stack: Stack) -> AsyncIterator[Owner]:
    db = Db(await stack.database("feedback"))
    await db.start()
    nobody = Db(await stack.database("quota"))
    await nobody.start()
    for name, owned in zip(ARCHIVES, (db, nobody), strict=True):
        await Archive(owned).start(world.bus, name)
    yield Owner(world, db)
    await db.stop()
    await nobody.stop()


async def rebuild(world: World) -> dict[str, Any]:
    """What came of it."""
    admin = world.stack.bearer("admin")
    asked = await world.client.post(PATH, headers=admin)
    assert asked.status_code == 202, asked.text

    async def ended() -> dict[str, Any] | None:
        state: dict[str, Any] = (await world.client.get(PATH, headers=admin)).json()
        return state if state["state"] != "running" else None

    state: dict[str, Any] = await eventually(ended, seconds=30)
    return state


async def test_figures_made_anew_are_the_same(world: World, owner: Owner) -> None:
    """From the archives alone: whatever somebody did to the tables is gone."""
    await owner.tell(*ALL)
    assert await figures(world) == expected(ALL)
    await world.store.execute("UPDATE tally SET n = n + 1; DELETE FROM rating; DELETE FROM answer WHERE value = 4")
    assert len(await world.findings()) > 2
    state = await rebuild(world)
    counted = [event for event in ALL if not event.subject.endswith("_changed.v1")]
    assert (state["state"], state["events"], state["missing"]) == ("done", len(counted), 0)
    assert await figures(world) == expected(ALL)
    assert await world.findings() == []


async def test_what_no_stream_holds_any_more_is_counted(world: World, owner: Owner) -> None:
    """It is in an archive; and when it does come by a stream after all, it is known."""
    rows = await owner.keep(*(rated() for _ in range(7)))
    assert (await rebuild(world))["state"] == "done"
    assert await world.store.fetchval("SELECT sum(answers) FROM rating WHERE question = 'overall'") == 7
    await owner.send(rows)
    await owner.tell(rated())
    assert await world.store.fetchval("SELECT sum(answers) FROM rating WHERE question = 'overall'") == 8
    assert await world.findings() == []


async def test_queries_and_events_go_on_meanwhile(world: World, owner: Owner, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every answer is whole: what was known before, or more, never less; what is told meanwhile is counted once."""
    monkeypatch.setattr(archive, "PAGE", 40)
    await owner.tell(*(rated() for _ in range(400)))
    seen: list[int] = []
    done = asyncio.Event()

    async def ask() -> None:
        while not done.is_set():
            [item] = (await world.items("ratings", group_by="centre")).values()
            seen.append(item["ratings"])

    asking = asyncio.create_task(ask())
    rebuilding = asyncio.create_task(rebuild(world))
    for _ in range(10):
        await owner.tell(*(rated() for _ in range(20)))
    assert (await rebuilding)["state"] == "done"
    done.set()
    await asking
    assert seen == sorted(seen)
    assert seen[0] >= 400
    assert await world.store.fetchval("SELECT sum(answers) FROM rating WHERE question = 'overall'") == 600
    assert await world.findings() == []


async def test_nothing_is_lost_where_an_archive_has_lost(world: World, owner: Owner) -> None:
    """Events that are counted and in no archive: the figures stay as they were, and it is said how many."""
    await owner.tell(*(rated() for _ in range(5)))
    await world.tell(rated(), rated())
    before = await figures(world)
    state = await rebuild(world)
    assert (state["state"], state["missing"]) == ("incomplete", 2)
    assert await figures(world) == before


async def test_a_dead_letter_stays_one_and_hinders_nothing(world: World, owner: Owner) -> None:
    """What could not be read cannot be read now; the others are counted."""
    [bad] = await owner.keep(rated())
    broken = bad._replace(envelope=bad.envelope.replace('"day":', '"dey":'))
    async with owner.db.begin() as session:
        await session.execute(text("UPDATE outbox SET envelope = :broken"), {"broken": broken.envelope})
    await owner.send([broken])
    await owner.tell(*(rated() for _ in range(5)))
    state = await rebuild(world)
    assert (state["state"], state["events"], state["skipped"]) == ("done", 5, 1)
    assert await world.store.fetchval("SELECT count(*) FROM dead_letter") == 1


async def test_names_of_tables_and_indexes_are_as_before(world: World, owner: Owner) -> None:
    """So that the next migration finds what it expects; and it can be done again."""

    async def names(store: asyncpg.Connection[Any]) -> list[tuple[str, str]]:
        statement = "SELECT tablename, indexname FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1, 2"
        return [tuple(found) for found in await store.fetch(statement)]

    before = await names(world.store)
    for _ in range(2):
        await owner.tell(rated())
        assert (await rebuild(world))["state"] == "done"
    assert await names(world.store) == before


async def test_only_an_admin_makes_figures_anew(world: World) -> None:
    """It is work for everybody's machine."""
    for headers, status in (({}, 401), (world.manager(), 403)):
        assert (await world.client.post(PATH, headers=headers)).status_code == status
    assert (await world.client.get(PATH, headers=world.stack.bearer("admin"))).status_code == 404
