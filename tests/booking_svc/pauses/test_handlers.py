"""The gate that a pause closes, what a pause touched, and pauses at the same time."""

import asyncio
from datetime import timedelta

import asyncpg
import pytest

from booking_svc.catalogue.memory import Catalogue
from booking_svc.pauses import handlers, repository
from booking_svc.pauses.domain import Paused
from services.testing import eventually
from tests.booking_svc.pauses.conftest import REGION

GRACE = timedelta(minutes=15)


async def test_the_gate_is_closed_while_the_centre_is_paused(land):
    """Of this centre only, and open again when it is resumed."""
    context = land.house.context
    main, shelter = (context.get(Catalogue).centre(key) for key in ("lutsk-main", "lutsk-shelter"))

    async def passed(centre):
        async with context.db.begin() as session:
            await handlers.ensure_open(session, centre)

    await passed(main)
    await land.manager.pause(reason="power")
    with pytest.raises(Paused) as refused:
        await passed(main)
    assert refused.value.fields == {"reason": "power", "since": "2026-11-24T09:00:00+02:00"}
    await passed(shelter)
    await land.manager.resume()
    await passed(main)


async def test_a_pause_waits_for_a_call_that_is_under_way(land):
    """Who passed the gate ends first; the next one finds it closed."""
    context = land.house.context
    centre = context.get(Catalogue).centre("lutsk-main")
    async with context.db.begin() as session:
        await handlers.ensure_open(session, centre)
        pausing = asyncio.create_task(land.manager.pause())

        async def waits():
            waiting = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
            return (await land.house.rows(waiting))[0][0]

        await eventually(waits)
        assert await land.paused() == {}
    assert (await pausing).status_code == 200
    async with context.db.begin() as session:
        with pytest.raises(Paused):
            await handlers.ensure_open(session, centre)


async def test_many_pauses_at_once_are_one_pause(land):
    """Centre, region and organisation at the same moment: one row each, one event each, everybody is answered."""
    calls = [land.manager.pause() for _ in range(4)]
    calls += [land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"}) for _ in range(4)]
    calls += [land.head.post("/pauses", {"organisation": "lutsk", "reason": "air_raid"}) for _ in range(4)]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} == {200}
    assert await land.paused() == {"lublin-main": "air_raid", "lutsk-main": "air_raid"}
    assert sorted(await land.told()) == [("centre.paused.v1", "lublin-main"), ("centre.paused.v1", "lutsk-main")]


async def test_pausing_and_resuming_at_once_leaves_a_story_that_fits(land):
    """Pauses and resumptions take turns, and as many have begun as have ended, or one more."""
    await asyncio.gather(*(call() for _ in range(8) for call in (land.manager.pause, land.manager.resume)))
    told = [subject for subject, _ in await land.told()]
    assert told == (["centre.paused.v1", "centre.resumed.v1"] * len(told))[: len(told)]
    assert len(await land.paused()) == len(told) % 2


async def test_the_database_itself_refuses_a_second_pause(land):
    """Should all code be wrong, the index holds."""
    await land.manager.pause()
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_pause_on"):
        await land.house.rows(
            "INSERT INTO pause (id, centre, reason, scope, since, started_by)"
            " SELECT gen_random_uuid(), centre, reason, scope, since, started_by FROM pause"
        )


async def test_what_a_pause_touched_is_known_afterwards(land):
    """Paused from 9:00 to 9:40: a visit at 9:30 was touched, one at 9:40 was not; nor was another centre's."""
    start = land.house.clock.now()
    await land.manager.pause()
    land.house.clock.advance(timedelta(minutes=40))
    await land.manager.resume()
    now = land.house.clock.now()
    async with land.house.context.db.begin() as session:

        async def touched(at, centre="lutsk-main"):
            return await handlers.touched(session, centre, at, at + GRACE, now=now)

        assert await touched(start + timedelta(minutes=30))
        assert await touched(start - GRACE)
        assert not await touched(start - GRACE - timedelta(seconds=1))
        assert not await touched(start + timedelta(minutes=40))
        assert not await touched(start, centre="lutsk-shelter")


async def test_a_clock_that_is_behind_ends_no_pause_before_it_began(land):
    """Two machines differ by a little: the pause then lasted no time."""
    await land.manager.pause()
    land.house.clock.advance(-timedelta(seconds=1))
    assert (await land.manager.resume()).status_code == 200
    async with land.house.context.db.begin() as session:
        now = land.house.clock.now()
        assert len(await repository.between(session, "lutsk-main", now, now + GRACE)) == 1
    assert await land.paused() == {}
