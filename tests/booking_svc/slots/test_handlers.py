"""The slots follow the schedule: opened day by day, changed at once, never below what is taken."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import asyncpg
import pytest

from booking_svc.slots.handlers import open_days
from services.testing import eventually

PAPERS = "lutsk-main-papers"
DAYS = timedelta(days=1)


async def prepared(house: Any, queue: str = PAPERS) -> tuple[date, date, int]:
    """The first and the last day of a queue that have rows, and how many rows there are."""
    rows = await house.rows(
        "SELECT min(visit_date) AS first, max(visit_date) AS last, count(*) AS rows FROM slot WHERE queue = $1", queue
    )
    return rows[0]["first"], rows[0]["last"], rows[0]["rows"]


async def day_of(house: Any, day: str, queue: str = PAPERS) -> list[tuple[str, int, int]]:
    """The slots of a day in Kyiv: beginning, capacity, taken; only those that somebody may have or get."""
    rows = await house.rows(
        "SELECT to_char(starts_at AT TIME ZONE 'Europe/Kyiv', 'HH24:MI') AS at, capacity, taken FROM slot"
        " WHERE queue = $1 AND visit_date = $2 AND capacity > 0 ORDER BY starts_at",
        queue,
        date.fromisoformat(day),
    )
    return [tuple(row.values()) for row in rows]


async def test_an_import_prepares_the_window_and_one_day_more(settled: Any) -> None:
    """From today's coming slots to today + 21, Monday to Friday; nine slots a day, today the eight still to come."""
    assert await prepared(settled) == (date(2026, 11, 24), date(2026, 12, 15), 8 + 15 * 9)


async def test_the_job_finds_nothing_to_do_after_an_import(settled: Any) -> None:
    """And running it again changes nothing."""
    before = await prepared(settled)
    await open_days(settled.context)
    await open_days(settled.context)
    assert await prepared(settled) == before


async def test_every_morning_has_its_day(settled: Any) -> None:
    """The job, running by itself, prepares the next day once midnight has passed, in either zone."""
    settled.clock.advance(DAYS)
    await eventually(lambda: reaches(settled, PAPERS, date(2026, 12, 16)))
    await eventually(lambda: reaches(settled, "lublin-main-papers", date(2026, 12, 16)))


async def reaches(house: Any, queue: str, day: date) -> bool:
    return (await prepared(house, queue))[1] == day


async def test_a_jump_of_the_clock_is_made_up_within_two_seconds(settled: Any) -> None:
    """After 35 days the whole new window is there, with its first bookable times in the answer."""
    settled.clock.advance(35 * DAYS)
    await eventually(lambda: settled.items("/slots?centre=lutsk-main&service=photo&date=2026-12-30"), seconds=2)
    assert (await prepared(settled))[1] == date(2027, 1, 19)


async def test_two_leaders_at_once_do_no_harm(settled: Any) -> None:
    """An old leader that has not noticed yet and the new one prepare the same day: every slot is there once."""
    settled.clock.advance(3 * DAYS)
    await asyncio.gather(*(open_days(settled.context) for _ in range(4)))
    rows = await settled.rows("SELECT count(*) AS all, count(DISTINCT (queue, starts_at)) AS one FROM slot")
    assert rows[0]["all"] == rows[0]["one"]
    assert (await prepared(settled))[1] == date(2026, 12, 18)


async def test_a_closed_day_takes_nobody_else(settled: Any) -> None:
    """Those who have a place keep it; the empty slots and the other places are gone."""
    await settled.take(PAPERS, "2026-11-25 09:20+02")
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"closed": True, "reason": "ремонт"})
    assert await day_of(settled, "2026-11-25") == [("09:20", 1, 1)]
    assert len(await day_of(settled, "2026-11-26")) == 9


async def test_a_day_that_opens_again_is_as_before(settled: Any) -> None:
    """The exception is withdrawn: nine slots of two places, one of them taken."""
    await settled.take(PAPERS, "2026-11-25 09:20+02")
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"closed": True})
    await settled.send("DELETE", "/calendar/centres/lutsk-main/2026-11-25")
    found = await day_of(settled, "2026-11-25")
    assert (len(found), found[1]) == (9, ("09:20", 2, 1))


async def test_a_holiday_of_the_organisation_closes_its_centres_only(settled: Any) -> None:
    """Lublin works on."""
    await settled.send("PUT", "/calendar/organisations/lutsk/2026-11-25", {"closed": True})
    assert await day_of(settled, "2026-11-25") == []
    assert len(await day_of(settled, "2026-11-25", "lublin-main-papers")) == 9


async def test_a_centre_may_work_on_the_holiday_of_its_organisation(settled: Any) -> None:
    """Its own exception goes before its organisation's."""
    await settled.send("PUT", "/calendar/organisations/lutsk/2026-11-25", {"closed": True})
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"hours": [["10:00", "10:40"]]})
    assert [slot[0] for slot in await day_of(settled, "2026-11-25")] == ["10:00", "10:20"]


async def test_a_smaller_capacity_stops_at_what_is_taken(settled: Any) -> None:
    """Two taken of two stay two; an empty slot has one place now."""
    await settled.take(PAPERS, "2026-11-25 09:00+02", places=2)
    answer = await settled.send(
        "PUT", f"/queues/{PAPERS}", {"services": ["passport", "permit"], "slot_minutes": 20, "capacity": 1}
    )
    assert answer.status_code == 200, answer.text
    assert (await day_of(settled, "2026-11-25"))[:2] == [("09:00", 2, 2), ("09:20", 1, 0)]


async def test_a_place_given_back_after_the_cut_is_not_offered_again(settled: Any) -> None:
    """`scheduled` remembers what the schedule gives (slots/models.py)."""
    slot = await settled.take(PAPERS, "2026-11-25 09:00+02", places=2)
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-25", {"closed": True})
    await settled.rows(
        "UPDATE slot SET taken = taken - 1, capacity = GREATEST(scheduled, taken - 1), version = version + 1"
        " WHERE id = $1",
        slot,
    )
    assert await day_of(settled, "2026-11-25") == [("09:00", 1, 1)]


async def test_longer_slots_stand_beside_the_bookings_of_the_old_ones(settled: Any) -> None:
    """Half hours from now on; who booked 09:20 comes at 09:20."""
    await settled.take(PAPERS, "2026-11-25 09:20+02")
    body = {"services": ["passport", "permit"], "slot_minutes": 30, "capacity": 2}
    await settled.send("PUT", f"/queues/{PAPERS}", body)
    found = await day_of(settled, "2026-11-25")
    assert found[:4] == [("09:00", 2, 0), ("09:20", 1, 1), ("09:30", 2, 0), ("10:00", 2, 0)]


async def test_a_queue_that_is_switched_off_keeps_its_bookings(settled: Any) -> None:
    """And gives nobody a place any more."""
    await settled.take(PAPERS, "2026-11-25 09:20+02")
    assert (await settled.send("DELETE", f"/queues/{PAPERS}")).status_code == 204
    assert await day_of(settled, "2026-11-25") == [("09:20", 1, 1)]
    assert await day_of(settled, "2026-11-26") == []


async def test_slots_that_have_begun_are_left_alone(settled: Any) -> None:
    """What was at nine this morning stays on record, whatever the schedule says now."""
    settled.clock.advance(timedelta(hours=1))
    await settled.send("PUT", "/calendar/centres/lutsk-main/2026-11-24", {"closed": True})
    assert [slot[0] for slot in await day_of(settled, "2026-11-24")] == ["09:20", "09:40", "10:00"]


async def test_a_wider_window_is_prepared_at_once(settled: Any, city: dict[str, Any]) -> None:
    """28 days instead of 21; back to 14 the rows stay within it, and forward again all are there."""
    for window, last in ((28, date(2026, 12, 22)), (14, date(2026, 12, 8)), (21, date(2026, 12, 15))):
        city["organisations"][0]["window_days"] = window
        await settled.load(city)
        rows = await settled.rows("SELECT max(visit_date) AS last FROM slot WHERE queue = $1 AND scheduled > 0", PAPERS)
        assert rows[0]["last"] == last


async def test_the_database_itself_never_oversells(settled: Any) -> None:
    """Whatever code comes: more taken than places is refused, and so is less than nothing."""
    for places in (3, -1):
        with pytest.raises(asyncpg.CheckViolationError):
            await settled.take(PAPERS, "2026-11-25 09:00+02", places=places)


async def test_the_schedule_changes_while_places_are_taken(settled: Any) -> None:
    """Claims in slot order and a change of the whole schedule meet without a deadlock, and nothing is oversold."""
    claims = [claim_all(settled) for _ in range(20)]
    changes = [
        settled.send(
            "PUT",
            f"/queues/{PAPERS}",
            {"services": ["passport", "permit"], "slot_minutes": 20, "capacity": 1 + number % 2},
        )
        for number in range(6)
    ]
    results = await asyncio.gather(*claims, *changes)
    assert [answer.status_code for answer in results[20:]] == [200] * 6
    rows = await settled.rows("SELECT sum(taken) AS taken FROM slot WHERE queue = $1", PAPERS)
    assert rows[0]["taken"] == sum(results[:20])


async def claim_all(house: Any) -> int:
    """A place in each slot of the queue that has one, in the order of their ids, in one statement."""
    rows = await house.rows(
        "WITH locked AS (SELECT id FROM slot WHERE queue = $1 ORDER BY id FOR UPDATE)"
        " UPDATE slot SET taken = taken + 1, version = version + 1"
        " FROM locked WHERE slot.id = locked.id AND taken < capacity RETURNING slot.id",
        PAPERS,
    )
    return len(rows)
