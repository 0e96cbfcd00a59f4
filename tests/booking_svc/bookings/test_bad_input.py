"""Every bad input gets its problem document, changes nothing and echoes nothing personal."""

import json
from datetime import timedelta
from functools import partial

import pytest


async def refused(town, answer, status, code, who=None):
    """The document is complete; afterwards nothing is held."""
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "code", "trace_id"} <= set(problem)
    assert await town.used(who or town.citizen()) == 0
    await town.healthy()
    return problem


async def test_unknown_centre_and_unknown_service(town):
    """404 not_found."""
    for change in ({"centre": "nowhere"}, {"service": "nothing"}):
        await refused(town, await town.hold(town.citizen(), town.at("10:00", days=1), **change), 404, "not_found")


@pytest.mark.parametrize(
    ("time", "days", "reason"),
    [
        ("08:00", 0, "past"),
        ("10:00", -1, "past"),
        ("10:00", 5, "no_such_time"),  # closed by the calendar
        ("10:07", 1, "no_such_time"),
        ("18:00", 1, "no_such_time"),
        ("10:00", 21, "not_open_yet"),
    ],
)
async def test_times_that_cannot_be_booked(town, time, days, reason):
    """Past, closed, off the grid, beyond the window: 422 outside_window with the reason."""
    problem = await refused(town, await town.hold(town.citizen(), town.at(time, days=days)), 422, "outside_window")
    assert problem["reason"] == reason


async def test_the_farthest_day_opens_at_six(town):
    """One microsecond before 06:00 it is closed; at 06:00:00 it is open."""
    clock = town.stack.clock
    farthest = town.at("10:00", days=21)
    clock.advance(town.at("06:00", days=1) - clock.now() - timedelta(microseconds=1))
    early = await town.hold(town.citizen(), farthest)
    assert early.json()["code"] == "outside_window"
    clock.advance(timedelta(microseconds=1))
    assert (await town.hold(town.citizen(), farthest)).status_code == 201


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"[]",
        b"null",
        b'{"centre": "town"}',
        b'{"centre": "town", "service": "licence-exchange", "starts_at": "tomorrow"}',
        b'{"centre": "town", "service": "licence-exchange", "starts_at": 1795600000}',
        b'{"centre": "town", "service": "licence-exchange", "starts_at": "2026-11-25T10:00:00"}',
        b'{"centre": 7, "service": "licence-exchange", "starts_at": "2026-11-25T10:00:00+02:00"}',
        b'{"centre": "town", "service": "licence-exchange", "starts_at": "2026-11-25T10:00:00+02:00", "vip": true}',
        "\ud83d".encode("utf-8", "surrogatepass"),
    ],
)
async def test_malformed_bodies_and_unknown_fields(town, body):
    """422 invalid_request that names the fields and not the values."""
    answer = await town.booking.post("/api/v1/bookings", content=body, headers=town.citizen())
    problem = await refused(town, answer, 422, "invalid_request")
    assert all(set(error) == {"field", "reason"} for error in problem["errors"])


async def test_a_body_of_two_mebibytes(town):
    """413 too_large."""
    body = json.dumps({"centre": "x" * 2 * 1024 * 1024})
    answer = await town.booking.post("/api/v1/bookings", content=body, headers=town.citizen())
    await refused(town, answer, 413, "too_large")


@pytest.mark.parametrize("claims", [{"number": "3000000019"}, {"number": "1234567890123"}, {"edrpou": "00032107"}])
async def test_a_wrong_check_digit(town, claims):
    """422, and the number is not in the answer."""
    answer = await town.hold(town.citizen(**claims), town.at("10:00", days=1))
    await refused(town, answer, 422, "invalid_request")
    assert not any(value in answer.text for value in claims.values())


async def test_no_token_a_wrong_one_and_an_expired_one(town):
    """401 unauthenticated, in the caller's language."""
    expired = town.citizen(exp=int(town.stack.clock.now().timestamp()))
    for headers in ({}, {"Authorization": "Bearer nonsense"}, {"Authorization": "Basic YTpi"}, expired):
        answer = await town.hold(headers, town.at("10:00", days=1), headers={"Accept-Language": "pl"})
        problem = await refused(town, answer, 401, "unauthenticated")
        assert problem["title"] == "Wymagane logowanie"


async def test_roles_that_do_not_book(town):
    """403 forbidden."""
    who = town.stack.bearer("analyst", number=town.number(1))
    await refused(town, await town.hold(who, town.at("10:00", days=1)), 403, "forbidden")


async def test_somebody_elses_booking_does_not_exist(town):
    """404 to other citizens for every way to reach it; it stays as it was."""
    owner, other = town.citizen(1), town.citizen(2)
    held = (await town.hold(owner, town.at("10:00", days=1))).json()
    for step in ("confirm", "cancel"):
        assert (await town.step(other, held["id"], step)).json()["code"] == "not_found"
    for path in ("", "/calendar.ics", "/ticket.svg"):
        answer = await town.booking.get(f"/api/v1/bookings/{held['id']}{path}", headers=other)
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    mine = await town.booking.get(f"/api/v1/bookings/{held['id']}", headers=owner)
    assert mine.json()["status"] == "held"


async def test_another_identity_than_the_logins(town):
    """403 not_your_identity for another number, name or kind."""
    own = {"kind": "individual", "family_name": "Коваль", "given_name": "Олена1"}
    company = {"kind": "legal_entity", "edrpou": "00032106"}
    for change in ({"number": town.number(2)}, {"family_name": "Інша"}, company):
        answer = await town.hold(town.citizen(), town.at("10:00", days=1), applicant=own | change)
        await refused(town, answer, 403, "not_your_identity")


async def test_priority_is_not_given_online(town):
    """403 priority_needs_document."""
    applicant = {"kind": "individual", "family_name": "Коваль", "given_name": "Олена1", "priority": "military"}
    answer = await town.hold(town.citizen(), town.at("10:00", days=1), applicant=applicant)
    await refused(town, answer, 403, "priority_needs_document")


async def test_the_fifth_booking_of_a_month(town):
    """409 quota_exhausted in three languages, with the rule and the bookings that count."""
    who = town.citizen()
    made = [(await town.booked(who, town.at(time, days=1)))["id"] for time in ("10:00", "10:20", "10:40", "11:00")]
    titles = set()
    for language in ("uk", "en", "pl"):
        answer = await town.hold(who, town.at("11:20", days=1), headers={"Accept-Language": language})
        problem = answer.json()
        assert (answer.status_code, problem["code"]) == (409, "quota_exhausted")
        assert set(problem["counting"]) == set(made)
        assert "{" not in problem["detail"]
        titles.add(problem["title"])
    assert "За вказаними даними Заявника перевищено ліміт записів" in titles
    assert len(titles) == 3
    december = await town.hold(who, town.at("10:00", days=8))
    assert december.status_code == 201, "a visit in December counts in December"


async def test_quota_svc_down_is_503_and_nothing_is_lost(town):
    """Refused within the deadline; with the same key the booking goes on when it is back."""
    who, time = town.citizen(), town.at("10:00", days=1)
    context = town.quota._transport.app.state.context
    key = {"Idempotency-Key": "through the night"}
    await context.bus.stop_intake()
    answer = await town.hold(who, time, headers=key)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0
    running = town.quota._transport.app.state.running
    replies = {kind: partial(answer, context) for kind, answer in running.service.replies.items()}
    await context.bus.respond_all(replies, group="quota_svc")
    again = await town.hold(who, time, headers=key)
    assert again.status_code == 201
    assert await town.used(who) == 1


async def test_no_personal_data_in_the_logs(town, capfd):
    """Whatever goes wrong, numbers and names stay out of what is written."""
    who = town.citizen()
    await town.hold(who, town.at("10:00", days=1))
    await town.hold(who, town.at("10:00", days=-1))
    await town.booking.post("/api/v1/bookings", content=f'{{"centre": "{town.number(1)}"', headers=who)
    written = "".join(capfd.readouterr())
    assert "Коваль" not in written
    assert town.number(1) not in written
