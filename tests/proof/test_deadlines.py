"""Whatever a service stands on may stand still, be slow, or take everything and answer nothing: every request is
answered or refused within its deadline, nothing piles up, and once the trouble is over all goes on by itself.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractContextManager
from datetime import datetime
from itertools import count
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from gateway.routes import DEADLINE_SECONDS, READ_DEADLINE_SECONDS
from services.testing import Issuer, eventually
from tests.proof.processes import SERVICES, City, city

THOROUGH = os.environ.get("HYPOTHESIS_PROFILE") == "soak"
CITIZENS, PLACES, MAX_IN_FLIGHT = 12, 480, 60
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not THOROUGH, reason="measures time, wants a machine of its own: make soak"),
]
TROUBLE_SECONDS, RECOVERY = 15.0 if THOROUGH else 2.0, 10.0
SLACK_SECONDS, AT_ONCE_SECONDS = 4.0, 3.5
"""For a busy machine."""
TROUBLES: dict[str, Callable[[City], AbstractContextManager[None]]] = {
    "PostgreSQL stands still": lambda town: town.stopped("postgres"),
    "NATS stands still": lambda town: town.stopped("nats"),
    "quota_svc stands still": lambda town: town.stopped("quota_svc"),
    "booking_svc stands still": lambda town: town.stopped("booking_svc"),
    "PostgreSQL is half-open": lambda town: town.links["postgres"].half_open(),
    "NATS is half-open": lambda town: town.links["nats"].half_open(),
    "PostgreSQL is slow": lambda town: town.links["postgres"].slow(0.1),
    "NATS is slow": lambda town: town.links["nats"].slow(0.2),
}
places = count()


@pytest_asyncio.fixture(scope="module")
async def town(issuer: Issuer) -> AsyncIterator[City]:
    limits = dict.fromkeys(("GATEWAY_MAX_IN_FLIGHT", "BOOKING_MAX_IN_FLIGHT"), f"{MAX_IN_FLIGHT}")
    async with city(issuer, **limits) as town:
        yield town
        await town.at_rest()


class Answers:
    """What came, and whether it came in time."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, int, float]] = []
        self.late: list[tuple[str, int, float]] = []

    async def note(self, what: str, request: Any, *, within: float = DEADLINE_SECONDS) -> httpx.Response:
        begin = time.monotonic()
        answer: httpx.Response = await request
        entry = what, answer.status_code, round(time.monotonic() - begin, 2)
        self.seen.append(entry)
        if entry[2] > within + SLACK_SECONDS:
            self.late.append(entry)
        if not answer.is_success:
            refused(answer)
        return answer


def refused(answer: httpx.Response) -> None:
    """A problem that says when to come again."""
    assert answer.headers["content-type"] == "application/problem+json", answer.text
    assert answer.json()["code"] == "unavailable", answer.text
    assert int(answer.headers["retry-after"]) > 0


async def live(town: City, answers: Answers, until: float) -> None:
    """Reads and books, again and again."""
    while True:
        who, starts_at = town.citizen(), town.time(next(places) % PLACES)
        query = {"centre": "town", "service": "licence-exchange", "date": f"{starts_at.date()}"}
        await asyncio.gather(
            answers.note("slots", town.http.get("/api/v1/slots", params=query), within=READ_DEADLINE_SECONDS),
            answers.note("own", town.http.get("/api/v1/bookings", headers=who), within=READ_DEADLINE_SECONDS),
            book(town, answers, who, starts_at),
        )
        if time.monotonic() >= until:
            return


async def book(town: City, answers: Answers, who: dict[str, str], starts_at: datetime) -> bool:
    """Holds, confirms and cancels, as far as it goes."""
    held = answer = await answers.note("hold", town.hold(who, starts_at))
    for step in ("confirm", "cancel"):
        if answer.is_success:
            answer = await answers.note(step, town.step(who, held.json()["id"], step))
    return answer.is_success


async def all_goes_on(town: City) -> None:
    """Soon a booking is made, then many at once, and no connection is left in the middle of something."""
    await eventually(lambda: book(town, Answers(), town.citizen(), town.time(next(places) % PLACES)), seconds=RECOVERY)
    answers = Answers()
    await asyncio.gather(*(live(town, answers, 0) for _ in range(CITIZENS)))
    assert [entry for entry in answers.seen if entry[1] >= 500] == []
    async with town.databases() as (connection, _):
        await eventually(lambda: nobody_lingers(connection), seconds=RECOVERY)
    assert all(town.runs(name) for name in SERVICES)


async def nobody_lingers(connection: asyncpg.Connection) -> bool:
    return not await connection.fetchval(
        "SELECT count(*) FROM pg_stat_activity WHERE state LIKE 'idle in transaction%'"
    )


@pytest.mark.parametrize("trouble", TROUBLES)
async def test_every_request_is_answered_in_time_and_all_goes_on_afterwards(town: City, trouble: str) -> None:
    answers = Answers()
    with TROUBLES[trouble](town):
        until = time.monotonic() + TROUBLE_SECONDS
        await asyncio.gather(*(live(town, answers, until) for _ in range(CITIZENS)))
    assert answers.late == []
    await all_goes_on(town)


@pytest.mark.parametrize("name", ["postgres", "booking_svc"])
async def test_what_is_too_much_is_refused_at_once(town: City, name: str) -> None:
    """While nothing can be done, no more requests wait than `max_in_flight`; the others know at once."""
    answers = Answers()
    with town.stopped(name):
        crowd = (town.hold(town.citizen(), town.time(next(places) % PLACES)) for _ in range(3 * MAX_IN_FLIGHT))
        await asyncio.gather(*(answers.note("hold", one) for one in crowd))
    assert answers.late == []
    assert sum(entry[2] < AT_ONCE_SECONDS for entry in answers.seen) >= 2 * MAX_IN_FLIGHT
    await all_goes_on(town)
