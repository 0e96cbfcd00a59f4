"""feedback_svc as it runs for real, with two organisations that booking_svc told it of."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import httpx
import pytest_asyncio

from feedback_svc import app
from feedback_svc.settings import Settings
from services.bus import Bus
from services.clock import FixedClock
from services.context import Context
from services.contracts import Event
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import CentreChanged, Desk, Names
from services.outbox import pack, row
from services.testing import Stack, eventually

PUBLIC_URL = "https://vizyt.example.org"
CENTRE, DESK, OTHER_DESK = "hsc-0741", "hsc-0741-1", "hsc-0741-2"
GOOD = {"premises": 4, "services": 4, "staff": 3, "process": 4, "overall": 4}
BAD = GOOD | {"overall": 2}
REGIONS = {CENTRE: "UA07000000000024379", "lublin-bom-main": "0663011"}


def names(words: str) -> Names:
    return Names(uk=words, en=words, pl=words)


def organisation(code: str, time_zone: str = "Europe/Kyiv", **more: Any) -> OrganisationChanged:
    fields = {"code": code, "time_zone": time_zone, "window_days": 21, "opens_at": "06:00", "version": 1}
    return OrganisationChanged(**(fields | {"name": names(code)} | more))


def centre(key: str, organisation: str, time_zone: str = "Europe/Kyiv", **more: Any) -> CentreChanged:
    fields = {
        "version": 1,
        "centre": key,
        "organisation": organisation,
        "name": Names(uk=f"Центр {key}", en=f"Centre {key}", pl=f"Centrum {key}"),
        "address": names("1 Lesi Street"),
        "region": REGIONS.get(key, "UA07000000000024379"),
        "region_name": names("Volyn"),
        "territory": "UA07080170010083384",
        "time_zone": time_zone,
        "desks": [Desk(id=f"{key}-{number}", desk_number=number) for number in (1, 2)],
    }
    return CentreChanged(**(fields | more))


CITY = (
    organisation("hsc", retention_days=365),
    organisation("lublin-bom", "Europe/Warsaw"),
    organisation("observer"),
    centre(CENTRE, "hsc"),
    centre("hsc-5641", "hsc"),
    centre("lublin-bom-main", "lublin-bom", "Europe/Warsaw"),
)


class World:
    """What the tests of feedback_svc do and see."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, bus: Bus, context: Context) -> None:
        self.stack, self.client, self.bus, self.context = stack, client, bus, context
        self.clock: FixedClock = stack.clock
        self.published = 0

    async def publish(self, *events: Event) -> None:
        """Publishes the events as booking_svc's relay would, and waits for their effect."""
        rows = [row(event, now=self.clock.now())._asdict() for event in events]
        await self.bus.publish(pack(rows))
        self.published += len(rows)
        await eventually(self._all_received)

    async def _all_received(self) -> bool:
        return bool((await self.rows("SELECT count(*) AS count FROM inbox"))[0]["count"] >= self.published)

    async def rows(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        return await self.context.db.hot(statement, *arguments)

    async def told(self, kind: type[Any]) -> list[Any]:
        """The events of a kind that were told, in order."""
        rows = await self.rows(
            "SELECT envelope::jsonb -> 'data' AS data FROM outbox WHERE subject = $1 ORDER BY id", kind.subject
        )
        return [kind.model_validate_json(row["data"]) for row in rows]

    def manager(self, centre: str | None = CENTRE, organisation: str = "hsc") -> dict[str, str]:
        return self.stack.bearer("manager", centre=centre, organisation=organisation)

    async def get(self, path: str, **headers: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.get(f"/api/v1/feedback/{path}", headers=headers)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return await self.client.post(f"/api/v1/feedback/{path}", json=body, headers=headers)

    async def code(self, desk: str = DESK) -> str:
        rows = await self.rows("SELECT code FROM code WHERE desk = $1 AND revoked_at IS NULL", desk)
        code: str = rows[0]["code"]
        return code

    async def opened(self, desk: str = DESK, **headers: str) -> Any:
        """A session at a desk."""
        answer = await self.post("sessions", {"feedback_code": await self.code(desk)}, **headers)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def submit(self, session: str, answers: Any = None, *, headers: Any = None, **more: Any) -> httpx.Response:
        body = {"answers": GOOD if answers is None else answers} | more
        return await self.client.post(f"/api/v1/feedback/sessions/{session}/submit", json=body, headers=headers)

    async def rated(self, answers: Any = None, *, desk: str = DESK, **more: Any) -> Any:
        """A rating by a visitor of the desk."""
        answer = await self.submit((await self.opened(desk))["id"], answers, **more)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def findings(self) -> Sequence[str]:
        findings: list[str] = (await self.client.get("/doctor")).json()["findings"]
        return findings


@asynccontextmanager
async def running(stack: Stack, **settings: Any) -> AsyncIterator[World]:
    """The service with the city, everything told about it."""
    await stack.database("feedback")
    service = app.create(
        stack.settings(Settings, "feedback", **{"public_url": PUBLIC_URL, **settings}), clock=stack.clock
    )
    async with stack.running(service) as client:
        bus = Bus(stack.servers.nats_url, name="tests")
        await bus.start()
        world = World(stack, client, bus, service.state.context)
        await world.publish(*CITY)
        try:
            yield world
        finally:
            await bus.stop()


@pytest_asyncio.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    async with running(stack) as started:
        yield started


def codes(answer: httpx.Response) -> tuple[int, str]:
    """Of a refusal."""
    return answer.status_code, answer.json()["code"]
