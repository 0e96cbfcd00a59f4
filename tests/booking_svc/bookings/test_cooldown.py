"""Time has to pass between two attempts at an exam: from a coming booking, and from a failed attempt (domain.md §2)."""

import asyncio
from collections import Counter
from datetime import date, timedelta
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from booking_svc.bookings.domain import Status, cooldown_until, keeps_cooldown
from services.privacy import Privacy, check_edrpou
from services.testing import SECRETS, eventually

DAYS = 10
FIRMS = [f"{number:08d}" for number in range(32855900, 32856000) if check_edrpou(f"{number:08d}")]
EXAM = {
    "name": {"uk": "Іспит", "en": "Exam", "pl": "Egzamin"},
    "duration_minutes": 20,
    "cooldown_days": DAYS,
}


@pytest_asyncio.fixture
async def school(town):
    """The town, where exams are held as well: two kinds, each with a cool-down of ten days."""
    admin = town.stack.bearer("admin")
    services = ["licence-exchange", "theory-exam", "practical-exam"]
    for code in services[1:]:
        answer = await town.booking.put(f"/api/v1/admin/services/{code}", json=EXAM, headers=admin)
        assert answer.is_success, answer.text
    for number in (1, 2):
        body = {"services": services}
        answer = await town.booking.put(f"/api/v1/admin/desks/town-{number}", json=body, headers=admin)
        assert answer.is_success, answer.text
    body = {"services": services, "slot_minutes": 20, "capacity": 2}
    answer = await town.booking.put("/api/v1/admin/queues/town-main", json=body, headers=admin)
    assert answer.is_success, answer.text
    return town


async def exam(school, who, days, *, time="10:00", service="theory-exam", **more):
    """An attempt so many days from now."""
    return await school.hold(who, school.at(time, days=days), service=service, **more)


async def held(school, who, days, **more):
    answer = await exam(school, who, days, **more)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


async def refused(school, who, days, **more):
    """From when on it would be possible: days from now."""
    answer = await exam(school, who, days, **more)
    assert (answer.status_code, answer.json()["code"]) == (409, "cooldown"), answer.text
    return (date.fromisoformat(answer.json()["bookable_from"]) - school.at("10:00").date()).days


async def mark(school, booking_id, status, outcome=None, *, lifted=True):
    """The row as the desk leaves it."""
    context = school.booking._transport.app.state.context
    await context.db.hot(
        "UPDATE booking SET status = $2, outcome = $3, ended_at = $4, confirmed_at = $4, ticket_number = 1,"
        " verified_at = $4, started_at = $4, refused_because = CASE $2 WHEN 'refused' THEN 'identity_mismatch' END,"
        " cooldown_until = CASE WHEN $5 THEN NULL ELSE cooldown_until END WHERE id = $1",
        booking_id,
        status,
        outcome,
        school.stack.clock.now(),
        lifted,
    )


async def test_an_attempt_is_possible_again_from_the_eleventh_day(school):
    """Not on the tenth day after the coming one, and the refusal names the eleventh."""
    who = school.citizen()
    await held(school, who, 1)
    assert [await refused(school, who, days, time="11:00") for days in (1, 2, 1 + DAYS)] == [2 + DAYS] * 3
    await held(school, who, 2 + DAYS)
    assert await school.used(who, "2026-11") + await school.used(who, "2026-12") == 2, "refusals gave their quota back"
    await school.healthy()


async def test_nothing_is_possible_before_a_coming_attempt_either(school):
    """The period runs from the upcoming booking, and ends ten days after it."""
    who = school.citizen()
    await held(school, who, 9)
    assert await refused(school, who, 1) == 10 + DAYS
    await held(school, who, 10 + DAYS)
    assert await refused(school, who, 1) == 10 + DAYS + 1 + DAYS, "the last of them counts"


async def test_another_exam_another_person_and_a_service_without_a_cool_down_are_free(school):
    who = school.citizen(1)
    await held(school, who, 1)
    await held(school, who, 2, service="practical-exam")
    await held(school, who, 2, service="licence-exchange", time="11:00")
    await held(school, who, 2, service="licence-exchange", time="12:00")
    await held(school, school.citizen(2), 2, time="13:00")


async def test_cancelling_or_running_out_lifts_it(school):
    """By the citizen, by the centre, and by the hold's own end."""
    who = school.citizen()
    staff = school.stack.bearer("administrator", centre="town", organisation="hsc")
    for canceller in (who, staff):
        booking_id = await held(school, who, 1)
        assert (await school.step(canceller, booking_id, "cancel")).status_code == 200
    booking_id = await held(school, who, 1)
    school.stack.clock.advance(timedelta(minutes=5))

    async def expired():
        answer = await school.booking.get(f"/api/v1/bookings/{booking_id}", headers=school.citizen())
        return answer.json()["status"] == "expired"

    await eventually(expired)
    await held(school, school.citizen(), 2)


async def test_whatever_else_ends_a_visit_lifts_it(school):
    """Served, without documents, refused or missed; the table takes no row that keeps it."""
    ends = [("finished", "served"), ("finished", "missing_documents"), ("refused", None), ("missed", None)]
    for index, end in enumerate(ends, start=1):
        who = school.citizen(index)
        booking_id = await held(school, who, index)
        with pytest.raises(asyncpg.CheckViolationError, match="cooldown_counts"):
            await mark(school, booking_id, *end, lifted=False)
        await mark(school, booking_id, *end)
        await held(school, who, index, time="11:00")


async def test_a_failed_attempt_goes_on_counting(school):
    who = school.citizen()
    await mark(school, await held(school, who, 1), "finished", "failed", lifted=False)
    assert await refused(school, who, 2) == 2 + DAYS


def test_the_rule_says_what_keeps_a_cool_down() -> None:
    """A coming booking and a failed attempt."""
    assert {status for status in Status if keeps_cooldown(status)} == {"held", "confirmed", "called", "serving"}
    outcomes = ("served", "failed", "missing_documents")
    assert [keeps_cooldown(Status.FINISHED, outcome) for outcome in outcomes] == [False, True, False]
    assert cooldown_until(date(2026, 12, 25), days=10) == date(2027, 1, 4)
    assert cooldown_until(date(2026, 12, 25), days=0) is None


async def test_it_is_the_person_who_rests_for_whomever_they_book(school):
    """Neither as the representative of a firm, nor at a terminal, nor by an operator."""
    await held(school, school.citizen(1), 1)
    await refused(school, school.citizen(1, edrpou=FIRMS[0]), 2)
    applicant = {"kind": "individual", "number": school.number(1), "family_name": "Коваль", "given_name": "Олена"}
    for role in ("terminal", "administrator"):
        staff = school.stack.bearer(role, centre="town", organisation="hsc")
        await refused(school, staff, 0, time="15:00", applicant=applicant)


async def test_one_person_for_many_firms_at_once_gets_one_attempt(school):
    """The constraint breaks the batch; run one by one, the others are told why, and their firms' quota is free."""
    who = [school.citizen(1, edrpou=firm) for firm in FIRMS[:8]]
    bystanders = [school.citizen(index) for index in (2, 3)]
    race = [exam(school, one, day + 6, time="11:00") for day, one in enumerate(who)]
    answers = await asyncio.gather(*race, *(exam(school, one, 2, time="12:00") for one in bystanders))
    codes = Counter("held" if answer.status_code == 201 else answer.json()["code"] for answer in answers)
    assert codes == {"held": 3, "cooldown": 7}
    assert sum([await used_by(school, one) for one in who]) == 1, "whoever was refused has used nothing"
    await school.healthy()


async def used_by(school, who):
    answer = await school.quota.get("/api/v1/quota?organisation=hsc", headers=who)
    return sum(item["used"] for item in answer.json()["items"])


async def test_a_repeated_request_finds_its_own_booking_and_no_cool_down(school):
    who, key = school.citizen(), {"Idempotency-Key": "exam"}
    first, second = [await exam(school, who, 1, headers=key) for _ in range(2)]
    assert (second.status_code, second.json()["id"]) == (201, first.json()["id"])


async def test_a_rotated_key_does_not_make_a_new_person(school):
    """Look-ups try every live version."""
    await held(school, school.citizen(), 1)
    context = school.booking._transport.app.state.context
    context.privacy = Privacy("2:" + "44" * 32 + "," + SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
    assert await refused(school, school.citizen(), 2) == 2 + DAYS


async def test_a_cool_down_that_is_switched_off_holds_for_nobody(school):
    """The rule is data: without it, what was booked before refuses nothing."""
    who = school.citizen()
    await held(school, who, 1)
    url, admin = "/api/v1/admin/services/theory-exam", school.stack.bearer("admin")
    assert (await school.booking.put(url, json=EXAM | {"cooldown_days": 0}, headers=admin)).is_success
    await held(school, who, 2)


async def test_who_moves_takes_the_cool_down_along(school, hall):
    """It runs from the new day, and keeps its distance from the other attempts of the person."""
    booking_id, later = [await held(school, school.citizen(), days) for days in (0, 12)]
    for one in (booking_id, later):
        await school.step(school.citizen(), one, "confirm")
    await hall.alert()
    who, booking = school.citizen(), {"id": booking_id}
    answer = await hall.move(who, booking, school.at("10:00", days=3))
    assert (answer.status_code, answer.json()["code"]) == (409, "cooldown")
    assert answer.json()["bookable_from"] == f"{school.at('10:00', days=13 + DAYS).date()}"
    assert (await hall.move(who, booking, school.at("10:00", days=1))).status_code == 200
    rows = await hall.rows("SELECT cooldown_until - visit_date AS days FROM booking WHERE id = $1", booking_id)
    assert rows[0]["days"] == DAYS
    await school.healthy()


async def test_the_refusal_names_the_day_as_people_write_it(school):
    who = school.citizen()
    await held(school, who, 1)
    for language in ("uk", "en", "pl"):
        answer = await exam(school, who | {"Accept-Language": language}, 2)
        assert "06.12.2026" in answer.json()["detail"]
        assert answer.json()["bookable_from"] == "2026-12-06"


async def test_the_table_itself_refuses_two_attempts_too_close(school):
    """Should all code be wrong, the constraint holds."""
    booking_id = await held(school, school.citizen(), 1)
    connection = await asyncpg.connect(school.booking_url)
    columns = (
        "slot_id, organisation, centre, service, starts_at, channel, applicant_kind, applicant_key, person_key,"
        " quota, expires_at, created_by, created_at, status"
    )
    insert = (
        f"INSERT INTO booking (id, visit_date, cooldown_until, {columns})"
        f" SELECT $1, visit_date + $2::int, cooldown_until + $2::int, {columns} FROM booking WHERE id = $3"
    )
    for days in (-DAYS, 0, DAYS):
        with pytest.raises(asyncpg.ExclusionViolationError, match="ex_booking_cooldown"):
            await connection.execute(insert, uuid4(), days, booking_id)
    await connection.execute(insert, uuid4(), DAYS + 1, booking_id)
    await connection.close()
