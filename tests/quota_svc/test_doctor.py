"""What `doctor` finds, and that it finds nothing where all is well."""

from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from quota_svc.handlers import checking
from quota_svc.models import METADATA
from services.db import sqlalchemy_url
from services.schema import STATEMENTS

LATER = timedelta(seconds=30)


@pytest.fixture(autouse=True)
def short_look(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECOND_LOOK_SECONDS", 0.05)


async def test_nothing_is_wrong_with_bookings_in_every_state(world: Any, bookings: Any) -> None:
    reserved, confirmed, cancelled, expired = [await world.granted() for _ in range(4)]
    await world.confirm(confirmed, cancelled)
    await world.cancel(cancelled)
    await world.release((expired.booking_id, None))
    bookings.know(reserved.booking_id, "held")
    bookings.know(confirmed.booking_id, "confirmed")
    bookings.know(cancelled.booking_id, "cancelled")
    world.clock.advance(LATER)
    assert await world.findings() == []


async def test_usage_that_is_not_the_sum_of_its_ledger_is_found(world: Any, bookings: Any) -> None:
    await world.granted()
    await world.store.execute("UPDATE usage SET used = 3")
    findings = await world.findings()
    await world.store.execute("UPDATE usage SET used = 1")
    assert findings == ["usage hsc/individual/online of the month from 2026-11-01: used 3, ledger 1, reservations 1"]


async def test_an_organisation_with_a_limit_for_some_only_is_found(world: Any, bookings: Any) -> None:
    await world.organisation("kovel")
    assert await world.findings() == []  # takes no bookings, as the police
    await world.granted(organisation="kovel", channel="terminal")
    await world.store.execute("DELETE FROM policy WHERE kind = 'legal_entity'")
    assert await world.findings() == [
        "organisation hsc has no policy in force, so no limit, for: legal_entity online, legal_entity terminal",
        "organisation kovel has no policy in force, so no limit, for: individual terminal",
    ]


async def test_a_reservation_that_nobody_resolves_is_found_after_a_minute(world: Any) -> None:
    await world.granted()
    world.clock.advance(timedelta(minutes=5, seconds=59))
    assert not any("past their expiry" in finding for finding in await world.findings())
    world.clock.advance(timedelta(seconds=2))
    assert "1 reservations wait for more than 60 s past their expiry" in await world.findings()


async def test_a_reservation_that_differs_from_its_booking_is_found(world: Any, bookings: Any) -> None:
    claim = await world.granted()
    await world.confirm(claim)
    bookings.know(claim.booking_id, "cancelled", cancelled_by="centre")
    assert await world.findings() == []  # it has just changed: the event may be under way
    world.clock.advance(LATER)
    assert await world.findings() == [f"booking {claim.booking_id}: reservation committed, booking cancelled"]


async def test_many_differences_are_counted_and_some_shown(world: Any, bookings: Any) -> None:
    claims = [await world.granted(keys=[f"v1:{n}"]) for n in range(12)]
    for claim in claims:
        bookings.know(claim.booking_id, "confirmed")
    world.clock.advance(LATER)
    findings = await world.findings()
    assert len(findings) == 11
    assert findings[-1] == "and 2 more differences to booking_svc"


async def test_a_booking_svc_that_does_not_answer_is_said(world: Any) -> None:
    await world.granted()
    world.clock.advance(LATER)
    assert await world.findings() == ["booking_svc does not answer: reservations were not compared with bookings"]


async def test_the_store_refuses_two_policies_for_one_day(world: Any) -> None:
    with pytest.raises(asyncpg.ExclusionViolationError):
        await world.store.execute(
            "INSERT INTO policy SELECT gen_random_uuid(), organisation, kind, channel, max_bookings, period,"
            " cancelled_counts, $1, NULL, changed_at FROM policy",
            date(2026, 12, 1),
        )


async def test_the_models_are_what_the_migrations_make(world: Any) -> None:
    def differences(connection: Connection) -> list[Any]:
        options = {"include_object": ours, "compare_server_default": True}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), METADATA))

    def ours(_: Any, name: str | None, kind: str, *__: Any) -> bool:
        return kind != "table" or name in METADATA.tables

    assert not any(f"CREATE TABLE {table}" in statement for table in METADATA.tables for statement in STATEMENTS)
    engine = create_async_engine(sqlalchemy_url(world.stack.database_url("quota")))
    async with engine.connect() as connection:
        found = await connection.run_sync(differences)
    await engine.dispose()
    assert found == []
