"""What Vizyt is for: a citizen finds a time, books it, and is told why when a rule forbids it."""

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.slow

KYIV = ZoneInfo("Europe/Kyiv")


def test_a_citizen_books_within_the_quota_and_is_told_why_when_it_is_used_up(
    town: Any, month: str, refused: Any
) -> None:
    """The tour of the README: map, times, hold, confirm, the fifth refused and explained, quota page, cancel."""
    olena = town.citizen()
    centre = next(c for c in olena.get("availability", service="vehicle-registration").json()["items"] if c["free"])
    day = sorted(centre["days"])[3]
    starts = [slot["starts_at"] for slot in town.slots(day, centre=centre["centre"]) if slot["free"]][-5:]
    held = [olena.held(start, centre=centre["centre"]) for start in starts[:4]]
    assert [booking["quota"]["used"] for booking in held] == [1, 2, 3, 4]
    confirmed = olena.step(held[0]["id"], "confirm").json()
    assert confirmed["status"] == "confirmed"
    assert confirmed["ticket"]["number"] >= 1000

    problem = refused(olena.hold(starts[4], centre=centre["centre"]), 409, "quota_exhausted")
    assert (problem["limit"], problem["used"]) == (4, 4)
    assert sorted(problem["counting"]) == sorted(booking["id"] for booking in held)
    assert problem["rule"]
    renews = datetime.fromisoformat(problem["renews_at"])
    assert renews.astimezone(KYIV) == datetime(2027, 4, 1, tzinfo=KYIV)

    page = olena.get("quota", organisation="hsc").json()
    assert page["blocked"] is None
    used = olena.quota(month)
    assert (used["limit"], used["used"], used["renews_at"]) == (4, 4, problem["renews_at"])
    assert sorted(used["counting"]) == sorted(problem["counting"])
    assert olena.quota(month, channel="terminal")["used"] == 0

    assert olena.step(held[0]["id"], "cancel").json()["status"] == "cancelled"
    assert olena.quota(month)["used"] == 4, "a confirmed booking that is cancelled still counts"
    assert olena.step(held[1]["id"], "cancel").json()["status"] == "cancelled"
    assert olena.quota(month)["used"] == 3, "a hold that is cancelled never counted"


def test_a_hold_says_everything_that_the_citizen_reviews(town: Any, month: str) -> None:
    """Status, until when, what, where, for whom, and the quota; times with the centre's offset."""
    citizen, start = town.citizen(), town.time()
    answer = citizen.hold(start)
    booking = answer.json()
    assert answer.headers["location"] == f"/api/v1/bookings/{booking['id']}"
    assert (booking["status"], booking["channel"], booking["starts_at"]) == ("held", "online", start)
    assert (booking["centre"], booking["service"]) == ("hsc-0741", "vehicle-registration")
    assert booking["applicant"]["kind"] == "individual"
    assert booking["applicant"]["family_name"]
    left = datetime.fromisoformat(booking["expires_at"]) - town.now()
    assert timedelta(minutes=4, seconds=50) < left <= timedelta(minutes=5, seconds=1)
    assert booking["expires_at"].endswith("+02:00")
    expected = {"organisation": "hsc", "channel": "online", "limit": 4, "used": 1, "period": month}
    assert expected.items() <= booking["quota"].items()
    assert booking["quota"]["renews_at"] == "2027-04-01T00:00:00+03:00", "after the change to summer time"
    assert citizen.booking(booking["id"]) == booking


def test_a_place_that_is_held_is_gone_and_comes_back_when_it_is_cancelled(town: Any, eventually: Any) -> None:
    """In the times and on the map, at most one second behind."""
    citizen, start = town.citizen(), town.time()
    places = town.free(start)

    def on_the_map() -> int:
        items = citizen.get("availability", service="vehicle-registration").json()["items"]
        return int(next(item["days"][start[:10]] for item in items if item["centre"] == "hsc-0741"))

    shown = on_the_map()
    booking = citizen.held(start)
    eventually(lambda: town.free(start) == places - 1, seconds=1)
    eventually(lambda: on_the_map() == shown - 1, seconds=1)
    citizen.step(booking["id"], "cancel")
    eventually(lambda: town.free(start) == places, seconds=1)
    eventually(lambda: on_the_map() == shown, seconds=1)


def test_confirming_again_answers_the_same_and_a_cancelled_booking_stays_so(town: Any, refused: Any) -> None:
    """200 the same; then 409 for every further step."""
    citizen = town.citizen()
    booking = citizen.confirmed(town.time())
    assert citizen.step(booking["id"], "confirm").json() == booking
    assert citizen.step(booking["id"], "cancel").status_code == 200
    for step in ("cancel", "confirm"):
        refused(citizen.step(booking["id"], step), 409, "already_cancelled")


def test_ticket_numbers_run_from_1000_per_centre_and_day(town: Any) -> None:
    """Without gaps or repetition; the same number on another day."""
    first, second, *_ = (slot["starts_at"] for slot in town.slots("2027-03-20", centre="hsc-1841"))
    numbers = [town.citizen().confirmed(at, centre="hsc-1841")["ticket"]["number"] for at in (first, second, first)]
    assert numbers == [1000, 1001, 1002]


def test_the_ticket_names_the_booking_and_no_person(town: Any) -> None:
    """A signed token, its QR code, and a calendar file with the centre's time."""
    citizen, start = town.citizen(), town.time()
    booking = citizen.confirmed(start)
    payload = booking["ticket"]["token"].split(".")[1]
    claims = base64.urlsafe_b64decode(payload + "==").decode()
    assert json.loads(claims)["booking"] == booking["id"]
    assert booking["applicant"]["family_name"] not in claims
    picture = citizen.get(f"bookings/{booking['id']}/ticket.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert picture.text.startswith("<svg")
    calendar = citizen.get(f"bookings/{booking['id']}/calendar.ics")
    assert calendar.headers["content-type"].startswith("text/calendar")
    local = datetime.fromisoformat(start)
    assert f"DTSTART;TZID=Europe/Kyiv:{local:%Y%m%dT%H%M%S}" in calendar.text
    assert booking["applicant"]["family_name"] not in calendar.text


def test_a_legal_entity_is_counted_by_the_day_of_the_visit(town: Any, refused: Any) -> None:
    """Four online bookings a day, whoever represents it; another day has its own four."""
    entity = ("--edrpou", "14360570")
    one, other = town.caller("citizen", *entity), town.caller("citizen", *entity, "--first", "2")
    today, later = town.slots("2027-03-10"), town.slots("2027-03-11")
    for caller, slot in zip((one, one, other, other), today[-5:], strict=False):
        quota = caller.held(slot["starts_at"])["quota"]
    assert (quota["limit"], quota["used"], quota["period"]) == (4, 4, "2027-03-10")
    refused(other.hold(today[-1]["starts_at"]), 409, "quota_exhausted")
    assert other.held(later[-1]["starts_at"])["quota"]["used"] == 1


def test_a_foreigner_books_by_document_whatever_way_it_is_written(town: Any, month: str) -> None:
    """The same person to the booking and to the quota page."""
    written = town.caller("citizen", "--document", "PL:passport:EA7654321")
    again = town.caller("citizen", "--document", "pl:Passport:ea7654321")
    booking = written.held(town.time())
    assert again.booking(booking["id"])["id"] == booking["id"]
    assert [caller.quota(month)["used"] for caller in (written, again)] == [1, 1]


def test_a_terminal_and_an_operator_book_for_today_in_their_own_centre(town: Any, refused: Any) -> None:
    """Checked in at once; both count as `terminal`; priority has tickets of its own, from 1."""
    terminal = town.caller("terminal", "--centre", "hsc-5641")
    operator = town.caller("administrator", "--desk", "hsc-5641-1")
    at = {"centre": "hsc-5641", "service": "licence-exchange"}
    start = town.slots(town.now().date(), **at)[-1]["starts_at"]
    number = town.told("token", "citizen", "--first", "900").split(".")[1]
    person = json.loads(base64.urlsafe_b64decode(number + "=="))
    applicant = {"kind": "individual", "number": person["number"], "family_name": "Коваль", "given_name": "Олена"}
    booking = terminal.confirmed(start, applicant=applicant, **at)
    assert (booking["channel"], booking["checked_in"], booking["ticket"]["number"]) == ("terminal", True, 1000)
    priority = applicant | {"priority": "military"}
    refused(operator.hold(start, applicant=priority, **at), 403, "priority_needs_document")
    second = operator.confirmed(start, applicant=priority | {"document_shown": True}, **at)
    assert (second["channel"], second["quota"]["channel"], second["quota"]["used"]) == ("operator", "terminal", 2)
    assert second["ticket"]["number"] == 1
    coming = town.slots("2027-03-10", **at)[0]["starts_at"]
    refused(terminal.hold(coming, applicant=applicant, **at), 422, "outside_window")
    refused(terminal.hold(start, applicant=applicant, service="licence-exchange"), 403, "forbidden")
    refused(terminal.hold(start, **at), 422, "invalid_request")


def test_what_the_centre_cancels_or_the_rule_forgives_does_not_count(town: Any, month: str, eventually: Any) -> None:
    """By the centre: never. By the visitor, online or at the terminal: as the organisation's rule is."""
    at = {"centre": "hsc-0741", "service": "vehicle-registration"}
    terminal = town.caller("terminal", "--centre", "hsc-0741")
    operator = town.caller("administrator", "--desk", "hsc-0741-2")
    start = town.slots(town.now().date(), **at)[-2]["starts_at"]
    applicant = {"kind": "individual", "number": "2472202757", "family_name": "Коваль", "given_name": "Олена"}
    visitor = town.caller("citizen", "--number", "2472202757")
    booked = [caller.confirmed(start, applicant=applicant, **at) for caller in (terminal, operator)]
    assert visitor.quota(month, channel="terminal")["used"] == 2
    assert terminal.step(booked[0]["id"], "cancel").json()["cancelled_by"] == "applicant"
    assert operator.step(booked[1]["id"], "cancel").json()["cancelled_by"] == "centre"
    eventually(lambda: visitor.quota(month, channel="terminal")["counting"] == [booked[0]["id"]], seconds=2)

    citizen, here = town.citizen(), {"centre": "lutsk-cnap-main", "service": "residence-extract"}
    booking = citizen.confirmed(town.slots("2027-03-04", **here)[0]["starts_at"], **here)
    assert citizen.quota(month, organisation="lutsk-cnap")["used"] == 1
    citizen.step(booking["id"], "cancel")
    eventually(lambda: citizen.quota(month, organisation="lutsk-cnap")["used"] == 0, seconds=2)


def test_a_cancelled_booking_has_no_ticket_any_more(town: Any, refused: Any) -> None:
    """Neither in the answer nor as a picture or a calendar entry; nor has one that is only held."""
    citizen = town.citizen()
    held, confirmed = citizen.held(town.time()), citizen.confirmed(town.time())
    assert citizen.step(confirmed["id"], "cancel").json()["ticket"] is None
    for booking in (held, confirmed):
        for file in ("ticket.svg", "calendar.ics"):
            refused(citizen.get(f"bookings/{booking['id']}/{file}"), 404, "not_found")
