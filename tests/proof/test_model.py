"""Slot, hold, booking and quota against a model: whatever people, staff, clock and administration do, in any order.

`HYPOTHESIS_PROFILE=soak` looks longer, and each time elsewhere.
"""

from __future__ import annotations

import asyncio
import os
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from functools import partial
from itertools import count
from typing import Any

import httpx
import pytest_asyncio
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from services.testing import MORNING, Stack, eventually
from tests.booking_svc.bookings.conftest import WEEK, document
from tests.proof.model import COOLDOWN, EXAM, KYIV, Booking, Model, Person, Rule, Wish
from tests.proof.world import World, load, opened

COMMON: dict[str, Any] = {"deadline": None, "database": None, "suppress_health_check": list(HealthCheck)}
PROFILES = {
    "ci": settings(max_examples=15, derandomize=True, **COMMON),
    "soak": settings(max_examples=1000, **COMMON),
}
PROFILE = os.environ.get("HYPOTHESIS_PROFILE", "ci")

FIRM = "32855961"
PEOPLE = (Person(1), Person(2), Person(3, FIRM), Person(4, FIRM))
STAFF = {"terminal": "terminal", "operator": "administrator"}
STATUS = {"outside_window": 422, "idempotency_mismatch": 422, "not_found": 404, "blocked_for_no_shows": 403}
SERVICES = ["licence-exchange", EXAM]

people = st.sampled_from(PEOPLE)
days = st.sampled_from((1, 1, 1, 6, 7, 7, 20, 21))
times = st.sampled_from((time(9), time(9, 20)))
services = st.sampled_from((SERVICES[0], SERVICES[0], EXAM))
recent = st.sampled_from((0, 0, 0, 1, 2, 3, 5))
waits = [
    timedelta(minutes=1),
    timedelta(minutes=4),
    timedelta(minutes=5),
    timedelta(hours=21),
    timedelta(days=6),
    timedelta(days=20),
]
years = count(MORNING.year)
PRIORITY = {"priority": "military", "document_shown": True}
BLOCKING = ("individual", "online")
"""Whose no-shows close what."""


def command(name: str, **values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[str, dict[str, Any]]]:
    return st.tuples(st.just(name), st.fixed_dictionaries(values))


online = command(
    "hold",
    person=people,
    channel=st.just("online"),
    day=days,
    at=times,
    service=services,
    key=st.sampled_from("ab") | st.none(),
)
in_person = command(
    "hold",
    person=people,
    channel=st.sampled_from(tuple(STAFF)),
    day=st.sampled_from((0, 0, 0, 1)),
    at=times,
    service=services,
    key=st.none(),
    preferred=st.sampled_from((False, True, True)),
)
again = command("again", which=recent)
confirm = command("confirm", which=recent)
cancel = command("cancel", which=recent, by_centre=st.booleans(), keyed=st.booleans())
meddle = command("meddle", which=recent, person=people, step=st.sampled_from(("confirm", "cancel")))
move = command("move", which=recent, day=days, at=times, by_centre=st.booleans())
pause = command("pause_or_resume")
wait = command("wait", by=st.sampled_from(waits))
decree = command(
    "decree",
    kind=st.sampled_from(("individual", "legal_entity")),
    channel=st.sampled_from(("online", "terminal")),
    limit=st.integers(0, 4),
    period=st.sampled_from(("month", "week", "day")),
    from_next_month=st.booleans(),
    cancelled_counts=st.booleans(),
    no_show_limit=st.sampled_from((None, 1, 2)),
)
unblock = command("unblock", person=people)
reshape = command("reshape", capacity=st.sampled_from((1, 2, 3)), slot_minutes=st.sampled_from((20, 20, 40)))
close = command("close_or_open", day=days)
shut = command("shut_or_open", which=recent, cancelling=st.booleans())
weights = {
    online: 20,
    again: 2,
    in_person: 6,
    confirm: 10,
    cancel: 5,
    move: 4,
    pause: 2,
    meddle: 1,
    unblock: 1,
    wait: 3,
    decree: 1,
    reshape: 1,
    close: 1,
    shut: 3,
}
commands = st.sampled_from([one for one, weight in weights.items() for _ in range(weight)]).flatmap(lambda one: one)
stories = st.lists(commands, min_size=50, max_size=50)


class Town:
    """One centre of one organisation, both new for each story, in a year of their own; and what it should answer."""

    def __init__(self, world: World) -> None:
        self.world, year = world, next(years)
        self.code, self.centre = f"hsc-{year}", f"town-{year}"
        self.model = Model(MORNING.replace(year=year))

    async def open(self) -> None:
        await self.world.later(self.model.now - self.world.stack.clock.now())
        await load(self.world, self.content())

    def content(self) -> dict[str, Any]:
        """The small town, with three desks and small limits."""
        content = document()
        content["organisations"][0]["code"] = self.code
        centre = content["centres"][0]
        exam = content["services"][0] | {"code": EXAM, "cooldown_days": COOLDOWN.days}
        content["services"].append(exam)
        centre |= {"id": self.centre, "organisation": self.code, "calendar": []}
        centre |= {"hours": {day: [["09:00", "10:20"]] for day in WEEK}}
        centre["queues"][0] |= {"capacity": self.model.capacity, "services": SERVICES}
        centre["desks"] = [{"number": number, "services": SERVICES} for number in (1, 2, 3)]
        for policy in content["policies"]:
            policy |= {"organisation": self.code, "limit": 2}
            start = date.fromisoformat(policy["valid_from"])
            pair = policy["applicant"], policy["channel"]
            policy["no_show_limit"] = 2 if pair == BLOCKING else None
            fields = ("limit", "period", "cancelled_counts", "no_show_limit")
            self.model.rules[pair] = {start: Rule(**{name: policy[name] for name in fields})}
        return content

    # What people do.

    async def hold(self, day: int, at: time, key: str | None, **more: Any) -> None:
        starts_at = datetime.combine(self.model.today + timedelta(days=day), at, KYIV)
        wish = Wish(starts_at=starts_at, **more)
        bound = self.model.keyed(wish.person, key) if key else None
        refusal = self.model.refusal(wish)
        who = self.citizen(wish.person) if wish.channel == "online" else self.staff(STAFF[wish.channel])
        answer = await self.world.hold(who, starts_at, **self.body(wish, key))
        if bound:
            repeated(answer, self.model.bookings[bound], wish)
            return
        expect(answer, 201, refusal)
        if not refusal:
            self.made(answer, wish, key)
        await self.look(wish.person, starts_at)

    async def again(self, booking: Booking) -> None:
        """The same request with the same key, as after an answer that got lost."""
        wish = booking.asked_for
        day = (wish.date() - self.model.today).days
        if booking.key and self.model.keyed(booking.person, booking.key):
            more = {"person": booking.person, "channel": "online", "service": booking.service}
            await self.hold(day, wish.time(), booking.key, **more)

    async def confirm(self, booking: Booking) -> None:
        refusal = self.model.confirm(booking)
        answer = await self.world.step(self.citizen(booking.person), booking.id, "confirm")
        expect(answer, 200, refusal)
        if booking.status == "confirmed":
            assert answer.json()["ticket"]["number"] == booking.ticket

    async def move(self, booking: Booking, day: int, at: time, by_centre: bool) -> None:
        before, to = booking.starts_at, datetime.combine(self.model.today + timedelta(days=day), at, KYIV)
        refusal = self.model.move(booking, to)
        who = self.staff("administrator") if by_centre else self.citizen(booking.person)
        url, body = f"/api/v1/bookings/{booking.id}/move", {"starts_at": to.isoformat()}
        answer = await self.world.booking.post(url, json=body, headers=who)
        expect(answer, 200, refusal)
        if not refusal:
            moved = answer.json()
            shown = datetime.fromisoformat(moved["starts_at"]), moved["ticket"]["number"], moved["checked_in"]
            assert shown == (to, booking.ticket, booking.checked_in)
        for starts_at in (before, to):
            await self.look(booking.person, starts_at)

    async def cancel(self, booking: Booking, by_centre: bool, keyed: bool) -> None:
        refusal = self.model.cancel(booking, by_centre=by_centre)
        who = self.staff("administrator") if by_centre else self.citizen(booking.person)
        headers = {"Idempotency-Key": f"cancel {booking.id}"} if keyed and not refusal else {}
        for _ in range(2 if headers else 1):  # the same request again changes nothing
            expect(await self.world.step(who, booking.id, "cancel", **headers), 200, refusal)
        await self.world.settle()
        await self.look(booking.person, booking.starts_at)

    async def meddle(self, booking: Booking, person: Person, step: str) -> None:
        """Somebody else's booking does not exist, not even for who speaks for the same firm."""
        if person != booking.person:
            expect(await self.world.step(self.citizen(person), booking.id, step), 200, "not_found")

    # What time and the administration do.

    async def wait(self, by: timedelta) -> None:
        await self.world.later(by)
        self.model.later(by)
        for booking in self.model.bookings.values():
            url, who = f"/api/v1/bookings/{booking.id}", self.citizen(booking.person)
            assert (await self.world.booking.get(url, headers=who)).json()["status"] == booking.status

    async def decree(self, kind: str, channel: str, from_next_month: bool, **values: Any) -> None:
        """Another limit, for all visits or for those from the next month on."""
        if (kind, channel) != BLOCKING:
            values["no_show_limit"] = None
        starts = self.model.rules[kind, channel]
        next_month = (self.model.today.replace(day=1) + timedelta(days=31)).replace(day=1)
        start = next_month if from_next_month else min(starts)
        starts[start] = Rule(**values)
        body = {"organisation": self.code, "applicant": kind, "channel": channel, "valid_from": f"{start}", **values}
        await self.administer(self.world.quota, "policies", body)
        for person in PEOPLE:
            await self.look_at_quota(person)

    async def reshape(self, capacity: int, slot_minutes: int) -> None:
        self.model.capacity, self.model.slot_minutes = capacity, slot_minutes
        body = {"services": SERVICES, "slot_minutes": slot_minutes, "capacity": capacity}
        await self.administer(self.world.booking, f"queues/{self.centre}-main", body)
        self.model.reschedule()

    async def close_or_open(self, day: int) -> None:
        closing = self.model.today + timedelta(days=day)
        body = None if closing in self.model.closed else {"closed": True}
        await self.administer(self.world.booking, f"calendar/centres/{self.centre}/{closing}", body)
        self.model.closed ^= {closing}
        self.model.reschedule()

    async def shut_or_open(self, booking: Booking, cancelling: bool) -> None:
        """By the manager, the time of a booking; again it changes nothing."""
        starts_at = booking.starts_at.astimezone(KYIV)
        if starts_at <= self.model.now:
            return
        leaving = self.model.shut_or_open(starts_at, cancelling=cancelling)
        until = starts_at + timedelta(minutes=20)
        body = {"date": str(starts_at.date()), "from": f"{starts_at:%H:%M}", "until": f"{until:%H:%M}"}
        step = "close" if starts_at in self.model.shut else "open"
        if step == "close":
            body["bookings"] = "cancel" if cancelling else "move"
        url, who = f"/api/v1/centres/{self.centre}/slots/{step}", self.staff("manager")
        answers = [await self.world.booking.post(url, json=body, headers=who) for _ in range(2)]
        assert [answer.status_code for answer in answers] == [200, 200], answers[0].text
        note(answers[0].text)
        if step == "close":
            told = {"moved": "confirmed", "cancelled": "cancelled", "expired": "expired"}
            became = Counter(one.status for one in leaving)
            assert {name: answers[0].json()[name] for name in told} == {n: became[s] for n, s in told.items()}
            assert not any(answers[1].json()[name] for name in (*told, "left"))
        await self.world.settle()
        for one in leaving:
            url, who = f"/api/v1/bookings/{one.id}", self.citizen(one.person)
            shown = (await self.world.booking.get(url, headers=who)).json()
            assert (shown["status"], datetime.fromisoformat(shown["starts_at"])) == (one.status, one.starts_at)
            assert shown["movable"] == (one.status == "confirmed")
            await self.look(one.person, one.starts_at)

    async def unblock(self, person: Person) -> None:
        """Again, or where nothing is blocked, it changes nothing."""
        body = {"number": self.world.number(person.index), "organisation": self.code, "reason": "came with a passport"}
        who = self.staff("administrator")
        for _ in range(2):
            assert (await self.world.quota.post("/api/v1/quota/unblock", json=body, headers=who)).is_success
        self.model.unblock(person)
        await self.look_at_quota(person)

    async def pause_or_resume(self) -> None:
        """An alert, or its end; again it changes nothing."""
        step, body = ("resume", None) if self.model.paused else ("pause", {"reason": "air_raid"})
        url, who = f"/api/v1/centres/{self.centre}/{step}", self.staff("manager")
        for _ in range(2):
            assert (await self.world.booking.post(url, json=body, headers=who)).is_success
        self.model.pause_or_resume()

    async def administer(self, client: httpx.AsyncClient, path: str, body: Any) -> None:
        """PUT, or DELETE without a body."""
        url, who = f"/api/v1/admin/{path}", self.world.stack.bearer("admin")
        answer = await (client.put(url, json=body, headers=who) if body else client.delete(url, headers=who))
        assert answer.is_success, answer.text

    # Who asks, and whether what is shown agrees.

    def citizen(self, person: Person) -> dict[str, str]:
        return self.world.citizen(person.index, **({"edrpou": person.firm} if person.firm else {}))

    def staff(self, role: str) -> dict[str, str]:
        return self.world.stack.bearer(role, sub=role, centre=self.centre, organisation=self.code)

    def body(self, wish: Wish, key: str | None) -> dict[str, Any]:
        body: dict[str, Any] = {"centre": self.centre, "service": wish.service}
        if wish.channel == "online":
            return body | ({"headers": {"Idempotency-Key": key}} if key else {})
        person = wish.person
        applicant = {"kind": person.kind, "number": self.world.number(person.index), "edrpou": person.firm}
        applicant |= {"family_name": "Коваль", "given_name": "Олена"}
        return body | {"applicant": applicant | (PRIORITY if wish.preferred else {})}

    def made(self, answer: httpx.Response, wish: Wish, key: str | None) -> None:
        person, channel = wish.person, wish.channel
        booking = self.model.hold(answer.json()["id"], wish)
        booking.key = key
        if key:
            self.model.keys[person.index, key] = booking.id, self.model.now
        label = self.model.label(person, channel, booking.day)
        quota = {"limit": self.model.rule(person, channel, booking.day).limit, "period": label}
        quota["used"] = sum(1 for _ in self.model.counting(person, channel, label))
        assert answer.json()["quota"].items() >= quota.items()

    async def look(self, person: Person, starts_at: datetime) -> None:
        """The free places of the day, and what counts."""
        day = starts_at.date()
        if self.model.today <= day <= self.model.last_day():
            await eventually(partial(self.shows_free, day), seconds=1)
        await self.look_at_quota(person)

    async def shows_free(self, day: date) -> bool:
        query = {"centre": self.centre, "service": "licence-exchange", "date": f"{day}"}
        items = (await self.world.booking.get("/api/v1/slots", params=query)).json()["items"]
        shown = {datetime.fromisoformat(item["starts_at"]): item["free"] for item in items}
        every = [datetime.combine(day, time(9), KYIV) + timedelta(minutes=20) * step for step in range(4)]
        starts = [start for start in every if start > self.model.now and self.model.places(start)]
        return shown == {start: max(0, self.model.places(start) - self.model.taken(start)) for start in starts}

    async def look_at_quota(self, person: Person) -> None:
        url, query = "/api/v1/quota", {"organisation": self.code}
        answer = await self.world.quota.get(url, params=query, headers=self.citizen(person))
        for item in answer.json()["items"]:
            counting = {one.id for one in self.model.counting(person, item["channel"], item["period"])}
            assert (item["used"], set(item["counting"])) == (len(counting), counting)
        assert (answer.json()["blocked"] is not None) == self.model.is_blocked(person)


def expect(answer: httpx.Response, status: int, refusal: str | None) -> None:
    note(f"{answer.status_code} {answer.text}")
    assert answer.json().get("code") == refusal, answer.text
    assert answer.status_code == (STATUS.get(refusal, 409) if refusal else status)


def repeated(answer: httpx.Response, booking: Booking, wish: Wish) -> None:
    """The key's own booking as it stands now, or a refusal for another wish."""
    if (booking.asked_for, booking.service) != (wish.starts_at, wish.service):
        expect(answer, 201, "idempotency_mismatch")
    else:
        expect(answer, 201, None)
        assert (answer.json()["id"], answer.json()["status"]) == (booking.id, booking.status)


async def play(world: World, story: Sequence[tuple[str, dict[str, Any]]]) -> None:
    town = Town(world)
    await town.open()
    for name, values in story:
        if "which" in values:
            known = list(town.model.bookings.values())
            if not known:
                continue
            values = {key: value for key, value in values.items() if key != "which"} | {
                "booking": known[-1 - values["which"] % len(known)]
            }
        await getattr(town, name)(**values)
    await world.at_rest()
    await town.administer(world.booking, f"centres/{town.centre}", None)


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
    @PROFILES[PROFILE]
    @given(stories)
    def check(story: Sequence[tuple[str, dict[str, Any]]]) -> None:
        loop.run_until_complete(play(world, story))

    check()
