"""The service's database: transactions, hot statements, and what happens when PostgreSQL restarts under both pools."""

from __future__ import annotations

import asyncio
import sys

import asyncpg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError

from services import telemetry
from services.db import STATEMENT_TIMEOUT_SECONDS, Db, unreachable, unstorable
from services.local.servers import Servers
from services.testing import eventually
from tests.services.world import Fragile, effects, make_tables, seconds_for

SECRET = "1759013776"


async def add(db: Db, number: int) -> None:
    async with db.begin() as session:
        await session.execute(text("INSERT INTO effect (number) VALUES (:number)"), {"number": number})


async def test_a_transaction_commits_at_its_end(db: Db) -> None:
    """What the block did is there for others afterwards, not before."""
    async with db.begin() as session:
        await session.execute(text("INSERT INTO effect (number) VALUES (1)"))
        assert await effects(db) == []
    assert await effects(db) == [1]


async def test_an_exception_rolls_back(db: Db) -> None:
    """All of it."""

    async def fail() -> None:
        async with db.begin() as session:
            await session.execute(text("INSERT INTO effect (number) VALUES (1)"))
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    assert await effects(db) == []


async def test_a_cancelled_transaction_rolls_back_and_gives_its_connection_back(db: Db) -> None:
    """Twenty requests that time out in the middle leave nothing in the table and the pool whole."""

    async def slow() -> None:
        async with db.begin() as session:
            await session.execute(text("INSERT INTO effect (number) VALUES (1)"))
            await session.execute(text("SELECT pg_sleep(5)"))

    for _ in range(2):
        results = await asyncio.gather(*(asyncio.wait_for(slow(), 0.2) for _ in range(10)), return_exceptions=True)
        assert all(isinstance(result, TimeoutError) for result in results)
    await asyncio.wait_for(asyncio.gather(*(add(db, number) for number in range(20))), 5)
    assert sorted(await effects(db)) == list(range(20))


async def test_a_cancelled_hot_statement_gives_its_connection_back(db: Db) -> None:
    """The same for the hot pool."""
    slow = [asyncio.wait_for(db.hot("SELECT pg_sleep(5)"), 0.2) for _ in range(20)]
    assert all(isinstance(result, TimeoutError) for result in await asyncio.gather(*slow, return_exceptions=True))
    assert await asyncio.wait_for(db.hot("SELECT 1 AS one"), 5)


async def test_hot_statements_run_with_generic_plans(db: Db) -> None:
    """The settings that halve PostgreSQL's work (measurements.md) hold on the hot pool and only there."""
    names = ("plan_cache_mode", "enable_seqscan", "jit")
    hot = [(await db.hot(f"SHOW {name}"))[0][0] for name in names]
    assert hot == ["force_generic_plan", "off", "off"]
    async with db.begin() as session:
        assert (await session.scalar(text("SHOW plan_cache_mode"))) == "auto"


async def test_errors_do_not_show_what_they_were_given(db: Db) -> None:
    """Neither the text of an SQLAlchemy error nor our description of it holds a parameter."""

    async def clash() -> None:
        async with db.begin() as session:
            row = {"subject": SECRET}
            await session.execute(
                text("INSERT INTO dead_letter VALUES (gen_random_uuid(), :subject, NULL, '', now())"), row
            )

    with pytest.raises(IntegrityError) as found:
        await clash()
    assert SECRET not in str(found.value)
    assert telemetry.kind(found.value) == "NotNullViolationError 23502"
    assert SECRET not in "".join(telemetry.outline(found.value))


async def test_refused_and_unreachable_are_told_apart(db: Db) -> None:
    """A broken rule or a wrong statement is no outage; a killed connection is one."""

    async def failure(statement: str, *, hot: bool) -> Exception:
        try:
            if hot:
                await db.hot(statement)
            else:
                async with db.begin() as session:
                    await session.execute(text(statement))
        except (DBAPIError, asyncpg.PostgresError) as error:
            return error
        raise AssertionError

    for hot in (True, False):
        assert not unreachable(await failure("SELECT 1/0", hot=hot))
        assert not unreachable(await failure("SELEC 1", hot=hot))
        assert unreachable(await failure("SELECT pg_terminate_backend(pg_backend_pid())", hot=hot))
        assert not unstorable(await failure("SELECT 1/0", hot=hot))
        assert unstorable(await failure("SELECT chr(0)", hot=hot)) is False, (
            "a function's own error is not the caller's"
        )


async def test_a_wrong_number_of_arguments_is_our_mistake(db: Db) -> None:
    """Misuse of the driver is a crash to be mended, not an outage to wait for."""
    with pytest.raises(asyncpg.InterfaceError) as found:
        await db.hot("SELECT $1::int, $2::int", 1)
    assert not unreachable(found.value)


async def test_stopped_and_closed_pools_are_unavailable(url: str) -> None:
    """In the last moment of a process its requests are refused, not crashed."""
    db = Db(url)
    await db.start()
    await db.stop()
    with pytest.raises(asyncpg.InterfaceError) as found:
        await db.hot("SELECT 1")
    assert unreachable(found.value)


async def test_a_restart_of_postgresql_is_healed_by_both_pools(fragile: Fragile) -> None:
    """Stale connections, an absent server, and then again as if nothing had been."""
    url = await fragile.servers.create_database("db_restart")
    await make_tables(url)
    db = Db(url)
    await db.start()
    await asyncio.gather(
        *(add(db, number) for number in range(8)), *(db.hot("SELECT pg_sleep(0.05)") for _ in range(8))
    )
    await fragile.stop("postgres")
    for _ in range(3):
        for work in (add(db, 99), db.hot("SELECT 1"), db.ping()):
            with pytest.raises(Exception) as found:
                await work
            assert unreachable(found.value), repr(found.value)
    await fragile.start("postgres")

    async def healed() -> bool:
        await asyncio.gather(*(db.hot("SELECT 1") for _ in range(8)), *(db.ping() for _ in range(8)))
        return True

    assert await healed()
    await add(db, 8)
    assert sorted(await effects(db)) == list(range(9))
    await db.stop()


async def test_a_statement_that_runs_too_long_is_given_up(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing waits for a lock for ever."""
    monkeypatch.setattr("services.db.STATEMENT_TIMEOUT_SECONDS", 0.2)
    assert STATEMENT_TIMEOUT_SECONDS < 10, "shorter than a request may take"
    db = Db(url)
    await db.start()
    with pytest.raises(TimeoutError):
        await db.hot("SELECT pg_sleep(5)")
    with pytest.raises(TimeoutError):
        async with db.begin() as session:
            await session.execute(text("SELECT pg_sleep(5)"))
    await add(db, 1)
    await db.stop()


async def test_a_stop_does_not_wait_for_work_that_hangs(url: str) -> None:
    """Two seconds for the hot pool, then it is closed by force."""
    db = Db(url)
    await db.start()
    hanging = asyncio.create_task(db.hot("SELECT pg_sleep(30)"))
    await asyncio.sleep(0.1)
    assert await seconds_for(db.stop()) < 4
    await asyncio.wait([hanging], timeout=2)
    assert hanging.done()
    assert hanging.exception() is not None


async def test_migrations_may_be_started_by_several_processes(servers: Servers) -> None:
    """Two pods start at once: one migrates, the other waits and finds it done; again is nothing."""
    url = await servers.create_database("migrated_twice")
    program = "import sys; from services.migrations import migrate; migrate('quota_svc', sys.argv[1])"
    command = (sys.executable, "-c", program, url)
    for count in (3, 1):
        started = [await asyncio.create_subprocess_exec(*command) for _ in range(count)]
        assert [await process.wait() for process in started] == [0] * count
    db = Db(url)
    await db.start()
    tables = {
        row["name"] for row in await db.hot("SELECT tablename AS name FROM pg_tables WHERE schemaname = 'public'")
    }
    assert {"outbox", "inbox", "dead_letter", "idempotency", "audit", "alembic_version"} <= tables
    await db.stop()


async def test_a_connection_of_ones_own_is_closed_by_its_owner(db: Db) -> None:
    """For leadership and LISTEN: it is not of a pool."""
    connection = await db.connect()
    assert await connection.fetchval("SELECT 1") == 1

    async def alone() -> bool:
        rows = await db.hot("SELECT count(*) FROM pg_stat_activity WHERE pid = $1", connection_pid)
        return bool(rows[0][0] == 0)

    connection_pid = connection.get_server_pid()
    await connection.close()
    await eventually(alone)
