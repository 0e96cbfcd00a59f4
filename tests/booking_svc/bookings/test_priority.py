"""Priority: only in the centre, with the document shown, once a day for each service (domain.md §2)."""

import asyncio
from collections import Counter
from datetime import timedelta

import asyncpg
import pytest
import pytest_asyncio

from tests.booking_svc.bookings.test_cooldown import FIRMS

OTHER = {"name": {"uk": "Довідка", "en": "Certificate", "pl": "Zaświadczenie"}, "duration_minutes": 20}
SERVICES = ["licence-exchange", "certificate"]


@pytest_asyncio.fixture
async def office(town):
    """The town with a second service."""
    admin = town.stack.bearer("admin")
    parts = {
        "services/certificate": OTHER,
        "desks/town-1": {"services": SERVICES},
        "desks/town-2": {"services": SERVICES},
        "queues/town-main": {"services": SERVICES, "slot_minutes": 20, "capacity": 2},
    }
    for path, body in parts.items():
        answer = await town.booking.put(f"/api/v1/admin/{path}", json=body, headers=admin)
        assert answer.is_success, answer.text
    return town


def staff(office, role="terminal"):
    return office.stack.bearer(role, sub=role, centre="town", organisation="hsc")


def applicant(office, index=1, **more):
    names = {"family_name": "Коваль", "given_name": "Олена"}
    first = {"kind": "individual", "number": office.number(index), "priority": "military", "document_shown": True}
    return first | names | more


async def booked(office, time, *, role="terminal", service="licence-exchange", **more):
    given = applicant(office, **more)
    return await office.hold(staff(office, role), office.at(time), service=service, applicant=given)


def code(answer):
    return "held" if answer.status_code == 201 else answer.json()["code"]


async def test_priority_holds_once_a_day_for_a_service(office):
    """By a terminal or by an operator; not again the same day, but for another service, or without it."""
    assert code(await booked(office, "10:00")) == "held"
    again = await booked(office, "11:00", role="administrator")
    assert (again.status_code, again.json()["code"]) == (409, "priority_used")
    assert code(await booked(office, "11:00", service="certificate")) == "held"
    assert code(await booked(office, "12:00", priority=None)) == "held"
    answer = await office.quota.get("/api/v1/quota?organisation=hsc", headers=office.citizen(1))
    [item] = [one for one in answer.json()["items"] if (one["channel"], one["period"]) == ("terminal", "2026-11")]
    assert item["used"] == 3, "the refused one has given its quota back"
    await office.healthy()


async def test_the_next_day_it_holds_again(office):
    assert code(await booked(office, "10:00")) == "held"
    office.stack.clock.advance(timedelta(days=1))
    assert code(await booked(office, "10:00")) == "held"


async def test_what_is_cancelled_was_not_used(office):
    first = await booked(office, "10:00")
    await office.step(staff(office), first.json()["id"], "cancel")
    assert code(await booked(office, "11:00")) == "held"


async def test_one_person_for_many_firms_at_once_is_preferred_once(office):
    """The index breaks the batch; run one by one, the others are told why."""
    firms = [{"kind": "legal_entity", "edrpou": firm} for firm in FIRMS[:6]]
    race = [booked(office, f"{10 + number}:00", **firm) for number, firm in enumerate(firms)]
    answers = await asyncio.gather(*race)
    assert Counter(map(code, answers)) == {"held": 1, "priority_used": 5}
    await office.healthy()


async def test_twenty_preferred_visitors_get_the_first_twenty_numbers(office):
    """Of a sequence of their own, from 1; ordinary visitors from 1000."""
    times = [f"{10 + number // 3}:{number % 3 * 20:02d}" for number in range(20)]
    held = await asyncio.gather(*(booked(office, time, index=place + 1) for place, time in enumerate(times)))
    ordinary = await booked(office, times[0], index=30, priority=None)
    tickets = [
        (await office.step(staff(office), answer.json()["id"], "confirm")).json()["ticket"]["number"]
        for answer in (*held, ordinary)
    ]
    assert (sorted(tickets[:-1]), tickets[-1]) == (list(range(1, 21)), 1000)


async def test_who_moves_to_a_day_with_priority_is_not_preferred_twice(office, hall):
    first = await booked(office, "10:00")
    await office.step(staff(office), first.json()["id"], "confirm")
    await hall.alert()
    office.stack.clock.advance(timedelta(hours=22))
    assert code(await booked(office, "15:00")) == "held"
    attempts = [await hall.move(staff(office), first.json(), office.at("16:00", days=days)) for days in (0, 1)]
    assert [answer.status_code for answer in attempts] == [409, 200]
    assert attempts[0].json()["code"] == "priority_used"


async def test_online_there_is_no_priority(office):
    """Not even with the word that a document was shown."""
    given = applicant(office, 1) | {"given_name": "Олена1"}
    answer = await office.hold(office.citizen(1), office.at("10:00", days=1), applicant=given)
    assert (answer.status_code, answer.json()["code"]) == (403, "priority_needs_document")


async def test_the_table_itself_refuses_a_second_priority(office):
    """Should all code be wrong, the index holds."""
    for time in ("10:00", "11:00"):
        assert code(await booked(office, time, priority=None)) == "held"
    connection = await asyncpg.connect(office.booking_url)
    with pytest.raises(asyncpg.UniqueViolationError, match="uq_booking_priority"):
        await connection.execute("UPDATE booking SET priority = 'military'")
    await connection.close()
