"""Whatever comes in that should not: a problem document in the caller's language, and nothing changed."""

from typing import Any

import pytest

pytestmark = pytest.mark.slow

TITLES = {"uk": "Не знайдено", "en": "Not found", "pl": "Nie znaleziono"}
TWO_MIB = b"x" * (2 * 1024 * 1024)


@pytest.fixture(scope="module")
def citizen(town: Any) -> Any:
    return town.citizen()


@pytest.fixture(scope="module")
def start(town: Any) -> str:
    return town.time()


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"centre": "hsc-9999"}, 404, "not_found"),
        ({"centre": "NO_SUCH_centre"}, 404, "not_found"),
        ({"service": "no-such-service"}, 404, "not_found"),
        ({"service": "id-card"}, 404, "not_found"),
        ({"starts_at": "2027-03-01T10:00:00+02:00"}, 422, "outside_window"),
        ({"starts_at": "2027-03-02T09:00:00+02:00"}, 422, "outside_window"),
        ({"starts_at": "2027-03-07T10:00:00+02:00"}, 422, "outside_window"),
        ({"starts_at": "2027-03-09T10:07:00+02:00"}, 422, "outside_window"),
        ({"starts_at": "2027-03-23T10:00:00+02:00"}, 422, "outside_window"),
        ({"starts_at": "9999-12-31T23:59:59-12:00"}, 422, "outside_window"),
        ({"starts_at": "0001-01-01T00:00:00+12:00"}, 422, "outside_window"),
        ({"starts_at": "2027-03-09T10:00:00"}, 422, "invalid_request"),
        ({"starts_at": "tomorrow"}, 422, "invalid_request"),
        ({"starts_at": 1804500000}, 422, "invalid_request"),
        ({"starts_at": "1804500000"}, 422, "invalid_request"),
        ({"starts_at": None}, 422, "invalid_request"),
        ({"centre": None}, 422, "invalid_request"),
        ({"centre": "a\u0000b"}, 404, "not_found"),
        ({"comment": "please"}, 422, "invalid_request"),
        ({"applicant": {"kind": "individual"}}, 422, "invalid_request"),
        ({"applicant": "me"}, 422, "invalid_request"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_its_code(
    citizen: Any, start: str, month: str, refused: Any, change: dict[str, Any], status: int, code: str
) -> None:
    """Unknown centre or service, past time, closed day, no such time, day not open, no offset, unknown field."""
    problem = refused(citizen.hold(**{"starts_at": start} | change), status, code)
    if code == "invalid_request":
        field = next(iter(change))
        assert any(error["field"].startswith(field) and error["reason"] for error in problem["errors"])
    assert citizen.quota(month)["used"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b"[" * 50_000, b"{}"])
def test_a_malformed_body_is_refused(citizen: Any, refused: Any, body: bytes) -> None:
    """422, however broken it is."""
    refused(citizen.send("POST", "bookings", content=body), 422, "invalid_request")


def test_two_mebibytes_are_too_large_also_when_their_size_is_not_declared(town: Any, refused: Any) -> None:
    """413, with and without login; and the next request is answered as ever."""
    citizen = town.citizen()
    refused(citizen.send("POST", "bookings", content=TWO_MIB), 413, "too_large")
    refused(citizen.send("POST", "bookings", content=iter([TWO_MIB[:65536]] * 32)), 413, "too_large")
    refused(town.anybody().send("POST", "bookings", content=TWO_MIB), 413, "too_large")
    assert citizen.held(town.time())


def test_a_wrong_check_digit_is_refused_and_not_repeated(town: Any, start: str, refused: Any) -> None:
    """In a token, in an applicant of the terminal, and for the quota page."""
    for option, number in (("--number", "1234567890"), ("--edrpou", "14360571")):
        caller = town.caller("citizen", option, number, "--no-check")
        for answer in (caller.hold(start), caller.get("quota", organisation="hsc"), caller.get("bookings")):
            refused(answer, 422, "invalid_request")
            assert number not in answer.text
    terminal = town.caller("terminal", "--centre", "hsc-0741")
    today = town.slots(town.now().date())[-1]["starts_at"]
    for wrong in ({"number": "1234567890"}, {"number": "12345"}, {"kind": "legal_entity", "edrpou": "14360571"}):
        applicant = {"kind": "individual", "family_name": "Коваль", "given_name": "Олена"} | wrong
        answer = terminal.hold(today, applicant=applicant)
        field = "applicant." + ("edrpou" if "edrpou" in wrong else "number")
        assert field in [error["field"] for error in refused(answer, 422, "invalid_request")["errors"]]
        assert not any(len(value) > 4 and value in answer.text for value in wrong.values() if value.isdigit())


def test_another_identity_than_ones_own_is_refused(town: Any, start: str, refused: Any) -> None:
    """A citizen books for the identity of the token."""
    applicant = {"kind": "individual", "family_name": "Хтось", "given_name": "Інший"}
    refused(town.citizen().hold(start, applicant=applicant), 403, "not_your_identity")


def test_without_a_valid_token_there_is_no_answer_but_401(town: Any, start: str, refused: Any) -> None:
    """None, nonsense, a changed one, one of another run, none at all in the header."""
    token = town.citizen().token
    head, claims, signature = token.split(".")
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0"
    bad = [None, "x", "a.b.c", f"{head}.{claims[:-4]}AAAA.{signature}", f"{unsigned}.{claims}.", token[:-8]]
    for wrong in bad:
        caller = type(town.anybody())(town, wrong)
        for answer in (caller.hold(start), caller.get("bookings"), caller.get("quota", organisation="hsc")):
            refused(answer, 401, "unauthenticated")
            assert answer.headers["www-authenticate"].startswith("Bearer")


def test_a_token_of_another_run_is_not_accepted(town: Any, journey: Any, refused: Any) -> None:
    """Each data folder has an issuer of its own."""
    stranger = type(town.anybody())(town, journey.citizen().token)
    refused(stranger.get("bookings"), 401, "unauthenticated")


@pytest.mark.parametrize("role", ["manager", "analyst", "moderator", "officer", "system", "admin"])
def test_roles_that_do_not_book_are_forbidden_to(town: Any, start: str, refused: Any, role: str) -> None:
    """403."""
    refused(town.caller(role).hold(start), 403, "forbidden")


def test_somebody_elses_booking_does_not_exist(town: Any, start: str, refused: Any) -> None:
    """404 for every way to it, the same as for one that nobody has."""
    owner, other = town.citizen(), town.citizen()
    booking = owner.confirmed(town.time())["id"]
    for unknown in (booking, "01a20c5b-0000-7000-8000-000000000000"):
        for answer in (
            other.get(f"bookings/{unknown}"),
            other.get(f"bookings/{unknown}/ticket.svg"),
            other.get(f"bookings/{unknown}/calendar.ics"),
            other.step(unknown, "confirm"),
            other.step(unknown, "cancel"),
        ):
            refused(answer, 404, "not_found")
    assert other.get("bookings").json()["items"] == []
    assert owner.booking(booking)["status"] == "confirmed"


@pytest.mark.parametrize("language", ["uk", "en", "pl"])
def test_a_refusal_speaks_the_callers_language(town: Any, refused: Any, language: str) -> None:
    """By Accept-Language or `lang=`, from the service and from the gateway itself."""
    citizen = town.citizen().reading(language)
    for path in ("centres/no-such-centre", "no-such-path"):
        assert refused(citizen.get(path), 404, "not_found")["title"] == TITLES[language]
        asked = citizen.reading("de").get(path, lang=language)
        assert refused(asked, 404, "not_found")["title"] == TITLES[language]


def test_ukrainian_is_what_everybody_else_reads(town: Any, refused: Any) -> None:
    """No header, an unknown language, a wildcard."""
    for header in ({}, {"Accept-Language": "de-DE"}, {"Accept-Language": "*"}):
        answer = town.http.get("/api/v1/centres/no-such-centre", headers=header)
        assert refused(answer, 404, "not_found")["title"] == TITLES["uk"]


@pytest.mark.parametrize(
    ("path", "query", "status"),
    [
        ("slots", {}, 422),
        ("slots", {"centre": "hsc-0741", "service": "theory-exam", "date": "2027-02-30"}, 422),
        ("slots", {"centre": "hsc-9999", "service": "theory-exam", "date": "2027-03-03"}, 404),
        ("slots", {"centre": "hsc-0741", "service": "id-card", "date": "2027-03-03"}, 404),
        ("availability", {}, 422),
        ("availability", {"service": "no-such-service"}, 404),
        ("services/no-such-service", {}, 404),
        ("centres/hsc-9999", {}, 404),
        ("bookings", {"limit": "many"}, 422),
        ("bookings", {"cursor": "x"}, 422),
        ("bookings/not-an-id", {}, 422),
        ("quota", {}, 422),
        ("quota", {"organisation": "nobody"}, 404),
    ],
)
def test_a_question_that_cannot_be_answered_is_refused(
    citizen: Any, refused: Any, path: str, query: dict[str, str], status: int
) -> None:
    """422 names what is wrong, 404 what there is not."""
    refused(citizen.get(path, **query), status, {404: "not_found", 422: "invalid_request"}[status])


@pytest.mark.parametrize("day", ["2027-03-07", "2027-03-01", "2027-03-23", "0001-01-01", "9999-12-31"])
def test_a_day_without_times_has_none(town: Any, day: str) -> None:
    """Closed, past, not open yet: an empty list, no error."""
    assert town.slots(day) == []
