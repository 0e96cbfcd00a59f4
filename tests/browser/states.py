"""A day on which everything has happened: bookings in each state, with the people whom they belong to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from services.local.claims import Role
from tests.browser.people import Citizen, staff, today
from tests.e2e.local_run import Caller, Run, wait_until

BUSY, PAUSED, EXAM = "hsc-1841", "hsc-5641", "theory-exam"
LATER = "2h10m"
"""After it the first times of the morning are over, and who did not come to them was a no-show."""


@dataclass
class Day:
    """`bookings`: whose it is and its id, by state. `refused`: who is refused a further time, by the refusal's code."""

    run: Run
    people: Iterator[Citizen]
    bookings: dict[str, tuple[Citizen, str]] = field(default_factory=dict)
    refused: dict[str, Citizen] = field(default_factory=dict)

    def manager(self) -> Caller:
        return staff(self.run, Role.MANAGER, PAUSED)

    def terminal(self) -> Caller:
        return staff(self.run, Role.TERMINAL, BUSY)

    def desk(self, number: int) -> Caller:
        return staff(self.run, Role.ADMINISTRATOR, BUSY, desk=f"{BUSY}-{number}")

    def book(self, state: str, person: Citizen, time: str, **place: str) -> str:
        confirmed = person.api.confirmed(time, **place)
        self.bookings[state] = (person, confirmed["id"])
        return str(confirmed["id"])

    def today(self, centre: str, place: int) -> str:
        """The times of today, the first is 0."""
        return str(self.run.slots(today(self.run), centre=centre)[place]["starts_at"])


def lived(run: Run, people: Iterator[Citizen]) -> Day:
    """Begins in the morning; ends two hours later, with a pause in one centre."""
    day = Day(run, people)
    _refused(day)
    _still_to_come(day)
    _missed_and_paused(day)
    run.clock("advance", LATER)
    _at_desks(day)
    person = next(people)
    day.bookings["held"] = (person, person.api.held(run.time())["id"])
    wait_until(lambda: _status(day, "missed") == "missed" and _status(day, "expired") == "expired", seconds=20)
    return day


def at_work(run: Run, people: Iterator[Citizen]) -> Day:
    """One centre with visitors in line and at its desks 1 and 2, and one that is paused."""
    day = Day(run, people)
    _missed_and_paused(day)
    _at_desks(day)
    return day


def _status(day: Day, state: str) -> str:
    person, booking = day.bookings[state]
    return str(person.api.booking(booking)["status"])


def _refused(day: Day) -> None:
    spent, cooling = next(day.people), next(day.people)
    for time in day.run.times(4):
        spent.api.confirmed(time)
    cooling.api.confirmed(day.run.time(), service=EXAM)
    day.refused |= {"quota_exhausted": spent, "cooldown": cooling}


def _still_to_come(day: Day) -> None:
    person, run = next(day.people), day.run
    day.book("confirmed", person, run.time())
    person.api.step(day.book("cancelled", person, run.time()), "cancel")
    day.book("awaited", person, day.today(BUSY, 20), centre=BUSY)
    day.bookings["expired"] = (person, person.api.held(run.time())["id"])
    closed = run.times(1, centre=PAUSED)[0]
    day.book("cancelled by the centre", next(day.people), closed, centre=PAUSED)
    part = {"date": closed[:10], "from": closed[11:16], "until": closed[11:14] + "59", "bookings": "cancel"}
    _done(day.manager(), f"centres/{PAUSED}/slots/close", part)


def _missed_and_paused(day: Day) -> None:
    absent = next(day.people)
    for place in range(4):
        day.book("missed", absent, day.today(BUSY, place + 1), centre=BUSY)
    day.refused["blocked_for_no_shows"] = absent
    day.book("movable", next(day.people), day.today(PAUSED, 3), centre=PAUSED)
    _done(day.manager(), f"centres/{PAUSED}/pause", {"reason": "air_raid"})


def _at_desks(day: Day) -> None:
    """Each at a desk of its own; who is done has left it."""
    first, second = next(day.people), next(day.people)
    for place, outcome in enumerate(("failed", "missing_documents", "served")):
        _finished(day, first, place, outcome)
    visit = day.book("refused", first, day.today(BUSY, 4), centre=BUSY)
    _called(day, visit, 1)
    desk = day.desk(1)
    answer = desk.post(f"visits/{visit}/verify", second.document)
    assert answer.status_code == 409, answer.text
    _called(day, day.book("called", second, day.today(BUSY, 5), centre=BUSY), 1)
    visit = day.book("serving", second, day.today(BUSY, 6), centre=BUSY)
    _called(day, visit, 2)
    _served(day.desk(2), visit, second)
    waiting = day.book("waiting", second, day.today(BUSY, 7), centre=BUSY)
    _done(day.terminal(), f"bookings/{waiting}/check-in")


def _finished(day: Day, person: Citizen, place: int, outcome: str) -> None:
    visit, desk = day.book(outcome, person, day.today(BUSY, place), centre=BUSY), day.desk(1)
    _called(day, visit, 1)
    _served(desk, visit, person)
    missing = {"missing_documents": [_document(day.run)]} if outcome == "missing_documents" else {}
    _done(desk, f"visits/{visit}/finish", {"outcome": outcome, **missing})


def _document(run: Run) -> str:
    """One that the service asks for."""
    service = run.http.get("/api/v1/services/vehicle-registration", headers={"accept-language": "uk"}).json()
    return str(service["documents"][0]["name"])


def _called(day: Day, visit: str, number: int) -> None:
    desk = day.desk(number)
    _done(desk, f"bookings/{visit}/check-in")
    assert _done(desk, f"desks/{BUSY}-{number}/call")["visit"] == visit


def _served(desk: Caller, visit: str, person: Citizen) -> None:
    _done(desk, f"visits/{visit}/verify", person.document)
    _done(desk, f"visits/{visit}/start")


def _done(somebody: Caller, path: str, body: Any = None) -> dict[str, Any]:
    answer = somebody.post(path, body)
    assert answer.is_success, answer.text
    found: dict[str, Any] = answer.json()
    return found
