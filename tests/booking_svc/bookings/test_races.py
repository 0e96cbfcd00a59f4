"""Never oversold, never over quota, whoever comes at the same time."""

import asyncio
from collections import Counter

import asyncpg
import pytest

from services.testing import eventually


def codes(answers):
    return Counter("held" if answer.status_code == 201 else answer.json()["code"] for answer in answers)


async def test_sixty_four_clients_race_for_one_slot(town):
    """Two places: two win, all others are told that it is full, and none of them has used quota."""
    time = town.at("10:00", days=1)
    people = [town.citizen(index) for index in range(64)]
    answers = await asyncio.gather(*(town.hold(who, time) for who in people))
    assert codes(answers) == {"held": 2, "slot_full": 62}
    used = [await town.used(who) for who in people]
    assert sum(used) == 2
    await town.healthy()


async def test_one_citizen_races_for_twenty_four_slots(town):
    """Four of a month are granted, whatever the order; the refusal says which four count and when it renews."""
    who = town.citizen()
    times = [town.at(f"{9 + number // 3:02d}:{number % 3 * 20:02d}", days=1) for number in range(24)]
    answers = await asyncio.gather(*(town.hold(who, time) for time in times))
    assert codes(answers) == {"held": 4, "quota_exhausted": 20}
    held = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    refusal = next(answer.json() for answer in answers if answer.status_code == 409)
    assert set(refusal["counting"]) == held
    assert (refusal["limit"], refusal["used"]) == (4, 4)
    assert refusal["renews_at"] == "2026-12-01T00:00:00+02:00"
    await town.healthy()


async def test_idempotent_twins_make_one_booking(town):
    """Ten requests with one key at the same time: one booking, one place, one of the quota."""
    who, time = town.citizen(), town.at("10:00", days=1)
    key = {"Idempotency-Key": "twins"}
    answers = await asyncio.gather(*(town.hold(who, time, headers=key) for _ in range(10)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert await town.used(who) == 1
    await town.healthy()


async def test_confirming_and_cancelling_at_once_leaves_one_outcome(town):
    """Whatever wins, slot, booking and quota agree afterwards."""
    who = town.citizen()
    held = [(await town.hold(who, town.at(time, days=1))).json()["id"] for time in ("10:00", "10:20", "10:40")]
    steps = [town.step(who, booking, step) for booking in held for step in ("confirm", "cancel", "confirm", "cancel")]
    answers = await asyncio.gather(*steps)
    assert {answer.status_code for answer in answers} <= {200, 409}
    states = [(await town.booking.get(f"/api/v1/bookings/{booking}", headers=who)).json()["status"] for booking in held]
    assert set(states) == {"cancelled"}
    await town.healthy()


async def test_forty_confirmations_give_forty_different_tickets(town):
    """Numbers are given once, without a hole."""
    times = [town.at(f"{9 + number // 3:02d}:{number % 3 * 20:02d}", days=2) for number in range(20)]
    people = [(town.citizen(index), times[index // 2]) for index in range(40)]
    bookings = await asyncio.gather(*(town.booked(who, time) for who, time in people))
    assert sorted(booking["ticket"]["number"] for booking in bookings) == list(range(1000, 1040))


async def test_the_database_itself_refuses_an_oversold_slot(town):
    """Should all code be wrong, the constraint holds."""
    connection = await asyncpg.connect(town.booking_url)
    with pytest.raises(asyncpg.CheckViolationError, match="oversold"):
        await connection.execute("UPDATE slot SET taken = capacity + 1")
    await connection.close()


async def test_a_place_that_comes_back_meanwhile_is_won(town):
    """The time is full when the request is read, and has a place again when it is decided: what counts is the row as it
    is then, neither a refusal nor an error of what it was before.
    """
    starts_at = town.at("10:00", days=1)
    first, _ = [await town.booked(town.citizen(index), starts_at) for index in (1, 2)]
    connection = await asyncpg.connect(town.booking_url)
    lock = connection.transaction()
    await lock.start()
    await connection.execute("SELECT FROM slot WHERE starts_at = $1 FOR UPDATE", starts_at)
    steps = []
    for step in (town.step(town.citizen(1), first["id"], "cancel"), town.hold(town.citizen(3), starts_at)):
        steps.append(asyncio.create_task(step))
        await eventually(lambda: waiting(connection, len(steps)))
    await lock.rollback()
    assert [(await step).status_code for step in steps] == [200, 201]
    await connection.close()


async def waiting(connection, number):
    """Whether so many statements wait for a lock."""
    found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(await connection.fetchval(found)) >= number
