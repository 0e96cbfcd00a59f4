"""Slot, hold, booking and quota against a model: whatever people, staff, clock and administration do, in any order.

`HYPOTHESIS_PROFILE=soak` looks longer, and each time elsewhere.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Any, TypeVar

import httpx
import pytest_asyncio
from hypothesis import HealthCheck, event, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, multiple, rule, run_state_machine_as_test

from services.testing import MORNING, Stack, eventually
from tests.booking_svc.bookings.conftest import WEEK, document
from tests.proof.model import KYIV, Booking, Model, Person, Rule
from tests.proof.world import World, load, opened

Result = TypeVar("Result")
COMMON = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck), "print_blob": False}
PROFILES = {
    "ci": settings(max_examples=25, stateful_step_count=40, derandomize=True, **COMMON),
    "soak": settings(max_examples=1000, stateful_step_count=80, **COMMON),
}
PROFILE = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "ci")]

FIRM = "32855961"
PEOPLE = (Person(1), Person(2), Person(3, FIRM), Person(4, FIRM))
SOME_MINUTES, NIGHT, SOME_DAYS = [timedelta(minutes=m) for m in (1, 4, 5)], timedelta(hours=21), timedelta(days=6)
people = st.sampled_from(PEOPLE)
days = st.sampled_from((0, 1, 6, 7, 20, 21))
times = st.sampled_from((time(9), time(9, 20), time(9, 40)))
channels = st.sampled_from(("online", "online", "online", "terminal", "operator"))
staff = {"terminal": "terminal", "operator": "administrator"}
decrees = st.fixed_dictionaries(
    {
        "kind": st.sampled_from(("individual", "legal_entity")),
        "channel": st.sampled_from(("online", "terminal")),
        "limit": st.integers(0, 4),
        "period": st.sampled_from(("month", "week", "day")),
        "from_next_month": st.booleans(),
        "cancelled_counts": st.booleans(),
    }
).map(lambda values: ("decree", values))
shapes = st.builds(lambda *values: ("reshape", dict(zip(("capacity", "slot_minutes"), values, strict=True))),
    st.integers(1, 3), st.sampled_from((20, 20, 40)))
closings = days.map(lambda day: ("close_or_open", {"day": day}))
years = count(MORNING.year)


class Town(RuleBasedStateMachine):
    """One centre of one organisation, both new for each run, in a year of their own."""

    bookings: Bundle[str] = Bundle("bookings")

    def __init__(self, world: World, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.world, self.loop = world, loop
        year = next(years)
        self.code, self.centre = f"hsc-{year}", f"town-{year}"
        self.model = Model(MORNING.replace(year=year))
        self.run(world.later(self.model.now - world.stack.clock.now()))
        self.run(load(world, self.content()))

    def content(self) -> dict[str, Any]:
        """The small town, with three desks and small limits."""
        content = document()
        content["organisations"][0]["code"] = self.code
        centre, services = content["centres"][0], ["licence-exchange"]
        centre |= {"id": self.centre, "organisation": self.code, "calendar": []}
        centre |= {"hours": {day: [["09:00", "10:20"]] for day in WEEK}}
        centre["desks"] = [{"number": number, "services": services} for number in (1, 2, 3)]
        for policy in content["policies"]:
            policy |= {"organisation": self.code, "limit": 2}
            start = date.fromisoformat(policy["valid_from"])
            pair = policy["applicant"], policy["channel"]
            self.model.rules[pair] = {start: Rule(2, policy["period"], policy["cancelled_counts"])}
        return content

    def run(self, work: Coroutine[Any, Any, Result]) -> Result:
        return self.loop.run_until_complete(work)

    def teardown(self) -> None:
        self.run(self.world.at_rest())

    # What people do.

    @rule(target=bookings, person=people, channel=channels, day=days, at=times, key=st.sampled_from((None, "a", "b")))
    def hold(self, person: Person, channel: str, day: int, at: time, key: str | None) -> Any:
        starts_at = datetime.combine(self.model.today + timedelta(days=day), at, KYIV)
        bound = self.model.keyed(person, key) if key and channel == "online" else None
        refusal = self.model.refusal(person, channel, starts_at)
        answer = self.run(self.world.hold(*self.wish(person, channel, starts_at), **self.body(person, channel, key)))
        if bound:
            self.repeated(answer, self.model.bookings[bound], starts_at)
            return multiple()
        self.expect(answer, 201, refusal)
        made = multiple() if refusal else self.made(answer, person, channel, starts_at, key)
        self.look(person, starts_at)
        return made

    @rule(booking_id=bookings)
    def confirm(self, booking_id: str) -> None:
        booking = self.model.bookings[booking_id]
        refusal = self.model.confirm(booking)
        answer = self.run(self.world.step(self.citizen(booking.person), booking_id, "confirm"))
        self.expect(answer, 200, refusal)
        if not refusal:
            assert answer.json()["ticket"]["number"] == booking.ticket
        self.look(booking.person, booking.starts_at)

    @rule(booking_id=bookings, by_centre=st.booleans(), key=st.sampled_from((None, "c")))
    def cancel(self, booking_id: str, by_centre: bool, key: str | None) -> None:
        booking = self.model.bookings[booking_id]
        refusal = self.model.cancel(booking, by_centre=by_centre)
        who = self.staff("administrator") if by_centre else self.citizen(booking.person)
        headers = {"Idempotency-Key": f"{key}-{booking_id}"} if key and not refusal else {}
        for _ in range(2 if headers else 1):  # the same request again changes nothing
            self.expect(self.run(self.world.step(who, booking_id, "cancel", **headers)), 200, refusal)
        self.run(self.world.settle())
        self.look(booking.person, booking.starts_at)

    @rule(booking_id=bookings, person=people, step=st.sampled_from(("confirm", "cancel")))
    def meddle(self, booking_id: str, person: Person, step: str) -> None:
        """Somebody else's booking does not exist, not even for who speaks for the same firm."""
        if person != self.model.bookings[booking_id].person:
            answer = self.run(self.world.step(self.citizen(person), booking_id, step))
            self.expect(answer, 200, "not_found")

    @rule(booking_id=consumes(bookings))
    def read(self, booking_id: str) -> None:
        booking = self.model.bookings[booking_id]
        answer = self.run(self.world.booking.get(f"/api/v1/bookings/{booking_id}", headers=self.citizen(booking.person)))
        assert answer.json()["status"] == booking.status

    # What time and the administration do.

    @rule(by=st.sampled_from((*SOME_MINUTES, NIGHT, SOME_DAYS)))
    def wait(self, by: timedelta) -> None:
        self.run(self.world.later(by))
        self.model.later(by)

    @rule(change=st.one_of(decrees, shapes, closings))
    def administer(self, change: tuple[str, dict[str, Any]]) -> None:
        name, values = change
        getattr(self, name)(**values)

    def decree(self, kind: str, channel: str, from_next_month: bool, **values: Any) -> None:
        """Another limit, for all visits or for those from the next month on."""
        starts = self.model.rules[kind, channel]
        next_month = (self.model.today.replace(day=1) + timedelta(days=31)).replace(day=1)
        start = next_month if from_next_month else min(starts)
        starts[start] = Rule(**values)
        body = {"organisation": self.code, "applicant": kind, "channel": channel, "valid_from": f"{start}", **values}
        self.write(self.world.quota, "policies", body)
        for person in PEOPLE:
            self.look_at_quota(person)

    def reshape(self, capacity: int, slot_minutes: int) -> None:
        self.model.capacity, self.model.slot_minutes = capacity, slot_minutes
        body = {"services": ["licence-exchange"], "slot_minutes": slot_minutes, "capacity": capacity}
        self.write(self.world.booking, f"queues/{self.centre}-main", body)

    def close_or_open(self, day: int) -> None:
        closing = self.model.today + timedelta(days=day)
        body = None if closing in self.model.closed else {"closed": True}
        self.write(self.world.booking, f"calendar/centres/{self.centre}/{closing}", body)
        self.model.closed ^= {closing}

    # How the answers are compared.

    def wish(self, person: Person, channel: str, starts_at: datetime) -> tuple[dict[str, str], datetime]:
        return self.citizen(person) if channel == "online" else self.staff(staff[channel]), starts_at

    def body(self, person: Person, channel: str, key: str | None) -> dict[str, Any]:
        body: dict[str, Any] = {"centre": self.centre}
        if channel == "online":
            return body | ({"headers": {"Idempotency-Key": key}} if key else {})
        applicant = {"kind": person.kind, "number": self.world.number(person.index), "edrpou": person.firm}
        return body | {"applicant": applicant | {"family_name": "Коваль", "given_name": "Олена"}}

    def citizen(self, person: Person) -> dict[str, str]:
        return self.world.citizen(person.index, **({"edrpou": person.firm} if person.firm else {}))

    def staff(self, role: str) -> dict[str, str]:
        return self.world.stack.bearer(role, sub=role, centre=self.centre, organisation=self.code)

    def write(self, client: httpx.AsyncClient, path: str, body: Any) -> None:
        """PUT, or DELETE without a body."""
        url, who = f"/api/v1/admin/{path}", self.world.stack.bearer("admin")
        answer = self.run(client.put(url, json=body, headers=who) if body else client.delete(url, headers=who))
        assert answer.is_success, answer.text

    def made(self, answer: httpx.Response, person: Person, channel: str, starts_at: datetime, key: str | None) -> str:
        document = answer.json()
        booking = self.model.hold(document["id"], person, channel, starts_at)
        if key and channel == "online":
            self.model.keys[person.index, key] = booking.id, self.model.now
        label = self.model.label(person, channel, booking.day)
        quota = {"limit": self.model.rule(person, channel, booking.day).limit, "period": label}
        quota["used"] = sum(1 for _ in self.model.counting(person, channel, label))
        assert document["quota"].items() >= quota.items()
        return booking.id

    def repeated(self, answer: httpx.Response, booking: Booking, starts_at: datetime) -> None:
        """The key's own booking as it stands now, or a refusal for another wish."""
        if booking.starts_at != starts_at:
            self.expect(answer, 201, "idempotency_mismatch")
        else:
            assert (answer.status_code, answer.json()["id"]) == (201, booking.id)
            assert answer.json()["status"] == booking.status

    def expect(self, answer: httpx.Response, status: int, refusal: str | None) -> None:
        note(f"{answer.status_code} {answer.text}")
        event(refusal or "done")
        if refusal is None:
            assert answer.status_code == status, answer.text
        else:
            assert answer.json().get("code") == refusal, answer.text
            assert answer.status_code == STATUS.get(refusal, 409)

    def look(self, person: Person, starts_at: datetime) -> None:
        """What is shown agrees: the free places of the day, and what counts."""
        day = starts_at.date()
        if self.model.today <= day <= self.model.last_day():
            self.run(eventually(partial(self.shows_free, day), seconds=1))
        self.look_at_quota(person)

    async def shows_free(self, day: date) -> bool:
        query = {"centre": self.centre, "service": "licence-exchange", "date": f"{day}"}
        items = (await self.world.booking.get("/api/v1/slots", params=query)).json()["items"]
        shown = {datetime.fromisoformat(item["starts_at"]): item["free"] for item in items}
        starts = [datetime.combine(day, time(9), KYIV) + timedelta(minutes=20) * step for step in range(3)]
        coming = [start for start in starts if start > self.model.now and self.model.places(start)]
        expected = {start: max(0, self.model.places(start) - self.model.taken(start)) for start in coming}
        return expected.items() <= shown.items() and not (set(starts) - set(coming)) & set(shown)

    def look_at_quota(self, person: Person) -> None:
        query = {"organisation": self.code}
        answer = self.run(self.world.quota.get("/api/v1/quota", params=query, headers=self.citizen(person)))
        for item in answer.json()["items"]:
            counting = {one.id for one in self.model.counting(person, item["channel"], item["period"])}
            assert (item["used"], set(item["counting"])) == (len(counting), counting)


STATUS = {"outside_window": 422, "idempotency_mismatch": 422, "not_found": 404}


@pytest_asyncio.fixture
async def world(stack: Stack):
    async with opened(stack) as world:
        yield world


@pytest_asyncio.fixture
async def loop() -> asyncio.AbstractEventLoop:
    return asyncio.get_running_loop()


def test_whatever_happens_the_answers_are_the_models_and_in_the_end_everything_agrees(
    world: World, loop: asyncio.AbstractEventLoop
) -> None:
    run_state_machine_as_test(lambda: Town(world, loop), settings=PROFILE)
