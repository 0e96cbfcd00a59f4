"""Eight desks call at once: nobody is called twice, nobody is forgotten, priority goes first."""

import asyncio
from collections import Counter
from datetime import timedelta

import pytest

from tests.booking_svc.visits.conftest import day

DESKS, VISITORS, PRIORITY = 8, 200, 20
# The two hundred stand in line as if the terminal had let them in: the test is of the calls.
STAND_IN_LINE = """
INSERT INTO booking (
    id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date, channel, applicant_kind,
    applicant_key, person_key, names, priority, quota, expires_at, created_by, confirmed_at, checked_in_at,
    ticket_number
)
SELECT gen_random_uuid(), 'confirmed', $1, slot.id, 'hsc', 'town', 'licence-exchange', slot.starts_at,
    slot.visit_date, 'terminal', 'individual', 'v1:x' || n, 'v1:x' || n, '\\x00', CASE WHEN n <= $3 THEN 'military' END,
    '{}', $1, 'terminal-1', $1, $1, CASE WHEN n <= $3 THEN n ELSE 1000 + n END
FROM generate_series(1, $2::int) AS n
JOIN (
    SELECT *, row_number() OVER (ORDER BY starts_at) AS place FROM slot WHERE queue LIKE 'town%main' AND starts_at > $1
) AS slot ON slot.place = 1 + n % 20
WHERE slot.visit_date = $4
"""
WAITING = "SELECT count(*) FROM booking WHERE status = 'confirmed' AND checked_in_at IS NOT NULL"
LET_GO = """
UPDATE booking SET status = 'finished', outcome = 'served', verified_at = $2, started_at = $2, ended_at = $2
WHERE id = $1
"""


@pytest.fixture
async def eight(hall):
    """The hall with eight desks and two hundred visitors, twenty of them with priority."""
    city = day()
    city["centres"][0]["desks"] += [{"number": number, "services": ["licence-exchange"]} for number in range(4, 10)]
    admin = hall.town.stack.bearer("admin")
    answer = await hall.town.booking.post("/api/v1/admin/import", json=city, headers=admin)
    assert answer.status_code == 200, answer.text
    now = hall.clock.now()
    await hall.context.db.hot(STAND_IN_LINE, now, VISITORS, PRIORITY, now.date())
    assert (await hall.context.db.hot(WAITING))[0]["count"] == VISITORS
    return hall


async def test_eight_desks_call_two_hundred_visitors(eight):
    """Every visitor exactly once; within a desk priority first, then by time; none is left."""
    context, staff = eight.context, eight.staff

    async def work(desk):
        calls = []
        while (answer := await eight.post(f"/desks/town-{desk}/call", by=staff)).status_code == 200:
            calls.append(answer.json())
            await context.db.hot(LET_GO, answer.json()["id"], eight.clock.now())
        assert answer.status_code == 204, answer.text
        return calls

    desks = [desk for desk in range(1, 10) if desk != 3]
    by_desk = await asyncio.gather(*(work(desk) for desk in desks))
    called = [call for calls in by_desk for call in calls]
    assert max(Counter(call["id"] for call in called).values()) == 1
    assert len(called) == VISITORS
    for calls in by_desk:
        order = [(call["priority"] is None, call["starts_at"]) for call in calls]
        assert order == sorted(order)
    events = await eight.told("visit.called.v1")
    order = [event["booking_id"] for event in events]
    first = {call["id"] for call in called if call["priority"]}
    assert set(order[: PRIORITY - DESKS]) <= first, "whoever has priority does not wait for others"
    assert first <= set(order[: PRIORITY + DESKS])


async def test_call_cancel_and_check_in_at_once_leave_one_outcome(hall):
    """A visitor who cancels while the desk calls is called or gone, never both."""
    visits = [await hall.awaited(time) for time in ("10:00", "10:00", "10:20", "10:20")]
    for visit in visits:
        await hall.post(f"/bookings/{visit['id']}/check-in")
    cancels = [hall.town.step(hall.town.citizen(visit["index"]), visit["id"], "cancel") for visit in visits]
    answers = await asyncio.gather(*cancels, hall.call(1), hall.call(2))
    called = {answer.json()["id"] for answer in answers[4:] if answer.status_code == 200}
    cancelled = {visit["id"] for visit, answer in zip(visits, answers, strict=False) if answer.status_code == 200}
    assert called | cancelled == {visit["id"] for visit in visits}
    assert not called & cancelled
    hall.clock.advance(timedelta(seconds=1))
    await hall.town.healthy()


async def test_two_terminals_confirm_the_same_hold(hall):
    """One ticket, one place in line; both are told the same."""
    held = await hall.town.hold(hall.terminal, hall.town.at("10:00"), applicant=hall.person())
    answers = await asyncio.gather(*(hall.town.step(hall.terminal, held.json()["id"], "confirm") for _ in range(8)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert len(await hall.told("booking.confirmed.v1")) == 1
    assert (await hall.called())["id"] == held.json()["id"]
