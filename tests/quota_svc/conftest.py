"""quota_svc as it runs for real, and beside it a stand-in that answers for booking_svc over real NATS.

After every test the store must hold together: usage = ledger = reservations that count.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import httpx
import pytest_asyncio

from quota_svc import app
from quota_svc.settings import Settings
from services.bus import Bus
from services.clock import FixedClock
from services.contracts import Event, booking, catalogue, visits
from services.contracts.quota import Claim, GiveBack, Granted, Outcome, Refused, Release, Reserve
from services.outbox import pack, row
from services.testing import Stack, eventually

VISIT = date(2026, 11, 25)
FOUR_LIMITS = [
    {"applicant": "individual", "channel": "online", "limit": 4, "period": "month"},
    {"applicant": "individual", "channel": "terminal", "limit": 4, "period": "month"},
    {"applicant": "legal_entity", "channel": "online", "limit": 4, "period": "day"},
    {"applicant": "legal_entity", "channel": "terminal", "limit": 6, "period": "day"},
]
"""The limits of the МВС centres (domain.md §2)."""


class Bookings:
    """Answers for booking_svc: `states` says what it knows; `asked` keeps what it was asked with tombstones."""

    def __init__(self) -> None:
        self.states: dict[UUID, booking.Standing] = {}
        self.asked: list[UUID] = []

    def know(self, booking_id: UUID, state: str, **more: Any) -> None:
        self.states[booking_id] = booking.Standing(booking_id=booking_id, state=booking.State(state), **more)

    async def resolve(self, request: booking.Resolve) -> booking.Standings:
        self.asked += request.booking_ids
        return await self.answer(request)

    async def answer(self, request: booking.Resolve | booking.States) -> booking.Standings:
        unknown = booking.State.UNKNOWN
        return booking.Standings(
            standings=[
                self.states.get(key, booking.Standing(booking_id=key, state=unknown)) for key in request.booking_ids
            ]
        )


class World:
    """What the tests of quota_svc do and see."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, bus: Bus, store: asyncpg.Connection[Any]) -> None:
        self.stack, self.client, self.bus, self.store = stack, client, bus, store
        self.clock: FixedClock = stack.clock
        self.bookings = Bookings()
        self.published = 0

    def claim(self, **more: Any) -> Claim:
        standard = {
            "booking_id": uuid4(),
            "attempt": uuid4(),
            "organisation": "hsc",
            "kind": "individual",
            "channel": "online",
            "keys": ["v1:olena"],
            "visit_date": VISIT,
            "expires_at": self.clock.now() + timedelta(minutes=5),
        }
        return Claim(**(standard | more))

    async def reserve(self, *claims: Claim) -> list[Outcome]:
        return list((await self.bus.ask(Reserve(claims=list(claims)))).results)

    async def granted(self, **more: Any) -> Claim:
        """A claim that was granted."""
        claim = self.claim(**more)
        [outcome] = await self.reserve(claim)
        assert isinstance(outcome, Granted), outcome
        return claim

    async def refused(self, **more: Any) -> Refused:
        """The answer to a claim that was refused."""
        [outcome] = await self.reserve(self.claim(**more))
        assert isinstance(outcome, Refused), outcome
        return outcome

    async def release(self, *releases: tuple[UUID, UUID | None]) -> list[UUID]:
        items = [GiveBack(booking_id=booking_id, attempt=attempt) for booking_id, attempt in releases]
        return (await self.bus.ask(Release(releases=items))).released

    async def publish(self, *events: Event, repeat: int = 1) -> None:
        """Publishes the events as booking_svc's relay would (`repeat`: each as often) and waits for their effect."""
        rows = [row(event, now=self.clock.now())._asdict() for event in events]
        packs = pack(rows)
        for turn in range(repeat):
            await self.bus.publish([item._replace(message_id=f"{item.message_id}-{turn}") for item in packs])
        self.published += len(rows)
        await eventually(self.all_received)

    async def all_received(self) -> bool:
        return bool(await self.store.fetchval("SELECT count(*) FROM inbox") >= self.published)

    async def policies(self, *rules: dict[str, Any], organisation: str = "hsc", **common: Any) -> None:
        """Imports policies; the four limits without any."""
        standard = {"organisation": organisation, "valid_from": date(2025, 1, 1)}
        imported = [catalogue.PolicyRule(**(standard | rule | common)) for rule in rules or FOUR_LIMITS]
        await self.publish(catalogue.PoliciesImported(policies=imported))

    async def organisation(self, code: str, time_zone: str = "Europe/Kyiv", **more: Any) -> None:
        fields = {"code": code, "time_zone": time_zone, "window_days": 21, "opens_at": "06:00"} | more
        await self.publish(catalogue.OrganisationChanged(**fields))

    def event(self, kind: type[booking.BookingEvent], claim: Claim, **more: Any) -> Event:
        """An event of booking_svc about a claim's booking."""
        common = {
            "booking_id": claim.booking_id,
            "organisation": claim.organisation,
            "centre": "hsc-0741",
            "service": "theory-exam",
            "channel": claim.channel,
            "visit_date": claim.visit_date,
            "at": self.clock.now(),
        }
        return kind(**(common | more))

    async def confirm(self, *claims: Claim, repeat: int = 1) -> None:
        await self.publish(*(self.event(booking.BookingConfirmed, claim) for claim in claims), repeat=repeat)

    async def cancel(self, claim: Claim, *, by: str = "applicant", was: str = "confirmed", repeat: int = 1) -> None:
        await self.publish(self.event(booking.BookingCancelled, claim, by=by, was=was), repeat=repeat)

    async def missed(self, *claims: Claim, repeat: int = 1, **more: Any) -> None:
        """Nobody came to these bookings."""
        standard = {"because": "not_checked_in"} | more
        events = [self.event(visits.VisitMissed, claim, **standard) for claim in claims]
        await self.publish(*events, repeat=repeat)

    async def no_shows(self, number: int, **more: Any) -> list[Claim]:
        """So many confirmed bookings that nobody came to, told one by one."""
        claims = [await self.granted(**more) for _ in range(number)]
        await self.confirm(*claims)
        for claim in claims:
            await self.missed(claim)
        return claims

    async def outcome(self, **more: Any) -> str:
        """What becomes of a claim, which is given back."""
        claim = self.claim(**more)
        [outcome] = await self.reserve(claim)
        await self.release((claim.booking_id, None))
        return outcome.outcome

    async def state(self, claim: Claim) -> str | None:
        statement = "SELECT state FROM reservation WHERE booking_id = $1"
        state: str | None = await self.store.fetchval(statement, claim.booking_id)
        return state

    async def used(self) -> int:
        """What is used in all periods together."""
        return int(await self.store.fetchval("SELECT coalesce(sum(used), 0) FROM usage"))

    async def findings(self) -> Sequence[str]:
        """What `doctor` says is wrong."""
        findings: list[str] = (await self.client.get("/doctor")).json()["findings"]
        return findings

    def citizen(self, **claims: Any) -> dict[str, str]:
        return self.stack.bearer("citizen", **({"number": "1234567899"} | claims))

    async def hold_together(self) -> None:
        differing = await self.store.fetch(SUMS)
        assert differing == [], "usage, ledger and reservations differ"


SUMS = """
SELECT applicant_key, organisation, kind, channel, period, period_start, sum(used), sum(entries), sum(live)
FROM (
    SELECT applicant_key, organisation, kind, channel, period, period_start, used, 0 AS entries, 0 AS live FROM usage
    UNION ALL
    SELECT applicant_key, organisation, kind, channel, period, period_start, 0, delta, 0 FROM ledger
    UNION ALL
    SELECT applicant_key, organisation, kind, channel, period, period_start, 0, 0, 1 FROM reservation
    WHERE state <> 'released'
) AS parts
GROUP BY applicant_key, organisation, kind, channel, period, period_start
HAVING sum(used) <> sum(entries) OR sum(used) <> sum(live)
"""


@pytest_asyncio.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    """quota_svc with the organisation `hsc` and its four limits; booking_svc is not there yet."""
    url = await stack.database("quota")
    async with stack.running(app.create(stack.settings(Settings, "quota"), clock=stack.clock)) as client:
        bus = Bus(stack.servers.nats_url, name="tests")
        await bus.start()
        store = await asyncpg.connect(url)
        world = World(stack, client, bus, store)
        await world.organisation("hsc")
        await world.policies()
        try:
            yield world
            await world.hold_together()
        finally:
            await bus.stop()
            await store.close()


@pytest_asyncio.fixture
async def bookings(world: World) -> AsyncIterator[Bookings]:
    """booking_svc answers from now on."""
    answers = world.bookings
    await world.bus.respond_all({booking.Resolve: answers.resolve, booking.States: answers.answer}, group="booking")
    yield answers
    await world.bus.stop_intake()
