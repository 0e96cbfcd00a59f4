"""What the proofs share: both services in one process, over real servers, and when they have come to rest."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import asyncpg
import httpx

import booking_svc.app
import booking_svc.settings
import quota_svc.app
import quota_svc.settings
from booking_svc.bookings.handlers.refusals import Refusals
from booking_svc.slots.listener import Listener
from services.context import Context
from services.contracts import booking as told
from services.contracts import catalogue, visits
from services.testing import Stack, eventually
from tests.booking_svc.bookings.conftest import Town, document
from tests.proof.agreement import disagreements

CONSUMED = [
    kind.subject
    for kind in (
        catalogue.OrganisationChanged,
        catalogue.PoliciesImported,
        told.BookingConfirmed,
        told.BookingCancelled,
        told.BookingExpired,
        told.BookingRefused,
        visits.VisitMissed,
    )
]
"""What quota_svc listens to."""
HOLD, DAY = timedelta(minutes=5), timedelta(days=1)


@dataclass
class World(Town):
    """The town, what its two services are made of, and a look into both databases."""

    contexts: tuple[Context, Context]
    bookings: asyncpg.Connection
    quotas: asyncpg.Connection

    async def settle(self, *, seconds: float = 15) -> None:
        """Returns once every event has been told and applied, and whatever has run out is ended."""
        await eventually(self._settled, seconds=seconds)

    async def _settled(self) -> bool:
        now = self.stack.clock.now()
        row = await self.bookings.fetchrow(WAITING, CONSUMED, now, now - DAY)
        received = await self.quotas.fetchval("SELECT count(*) FROM inbox WHERE received_at > $1", now - DAY)
        reserved = "SELECT count(*) FROM reservation WHERE state = 'reserved' AND expires_at <= $1"
        return (*row,) == (0, received, 0, 0) and not await self.quotas.fetchval(reserved, now)

    async def later(self, by: timedelta) -> None:
        """The clock goes on, and whatever is due then has happened; the days that come into the window are open."""
        await self.settle()
        self.stack.clock.advance(by)
        await self.settle()
        await eventually(self._opened)
        queues = [row["id"] for row in await self.bookings.fetch("SELECT id FROM queue")]
        await self.contexts[0].get(Listener).catch_up(queues)

    async def _opened(self) -> bool:
        until = await self.bookings.fetchval(PREPARED)
        return bool(until >= self.at("12:00", days=21).date())

    async def tell_refusals(self) -> None:
        """Now, not a second later, when all seems to be told."""
        await self.contexts[0].get(Refusals).tell()

    async def at_rest(self) -> None:
        """All holds have run out, all is told; slots, bookings, ledger and usage agree; both doctors are content."""
        await self.tell_refusals()
        await self.later(HOLD * 2)
        wrong = await disagreements(self.bookings, self.quotas)
        assert wrong == [], wrong
        doctors = [(await client.get("/doctor")).json()["findings"] for client in (self.booking, self.quota)]
        assert doctors == [[], []], doctors


PREPARED = "SELECT min(prepared_until) FROM queue JOIN centre ON centre.id = queue.centre WHERE centre.active"
WAITING = """
SELECT (SELECT count(*) FROM outbox WHERE published_at IS NULL),
    (SELECT count(*) FROM outbox WHERE subject = ANY ($1) AND created_at > $3),
    (SELECT count(*) FROM booking WHERE status = 'held' AND expires_at <= $2),
    (SELECT count(*) FROM booking JOIN LATERAL (
        SELECT bool_or(ended_at IS NULL) AS on, bool_or(
            since <= CASE WHEN checked_in_at IS NULL THEN starts_at + interval '15 minutes'
                ELSE (visit_date + 1)::timestamp AT TIME ZONE 'Europe/Kyiv' END
            AND coalesce(starts_at < pause.ended_at, true)
        ) AS touched
        FROM pause WHERE pause.centre = booking.centre
    ) AS paused ON true
    WHERE status = 'confirmed' AND CASE
        WHEN touched OR EXISTS (SELECT FROM slot WHERE slot.id = slot_id AND scheduled = 0)
            THEN starts_at + interval '21 days' <= $2
        ELSE checked_in_at IS NULL AND starts_at + interval '15 minutes' < $2 AND paused.on IS NOT TRUE
    END)
"""


@asynccontextmanager
async def opened(stack: Stack, *, watch: Callable[[Context], Any] = id, **settings: Any) -> AsyncIterator[World]:
    """The town, open and with its four limits; `watch` sees each service's context before it starts."""
    urls = await stack.database("booking"), await stack.database("quota")
    booking_settings = stack.settings(booking_svc.settings.Settings, "booking", ticket_key_seed="33" * 32, **settings)
    quota_settings = stack.settings(quota_svc.settings.Settings, "quota", **settings)
    apps = (
        booking_svc.app.create(booking_settings, clock=stack.clock),
        quota_svc.app.create(quota_settings, clock=stack.clock),
    )
    contexts = apps[0].state.context, apps[1].state.context
    for context in contexts:
        watch(context)
    bookings, quotas = [await asyncpg.connect(url) for url in urls]
    async with stack.running(apps[1]) as quota, stack.running(apps[0]) as booking:
        world = World(stack, booking, quota, *urls, contexts, bookings, quotas)
        await load(world, document())
        yield world
    await bookings.close()
    await quotas.close()


async def load(world: World, content: dict[str, Any]) -> None:
    """Imports a document and waits until all of it is in force."""
    answer = await world.booking.post("/api/v1/admin/import", json=content, headers=world.stack.bearer("admin"))
    assert answer.status_code == 200, answer.text
    await world.later(timedelta())


async def answered(request: Any) -> httpx.Response:
    """The answer, which came whatever broke: a problem document if it is none of the good ones."""
    answer: httpx.Response = await request
    assert answer.is_success or answer.headers["content-type"] == "application/problem+json", answer.text
    return answer
