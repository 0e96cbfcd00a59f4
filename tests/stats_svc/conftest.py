"""stats_svc as it runs for real, fed through real NATS with what the other services would tell."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import httpx
import pytest_asyncio

from services.bus import Bus
from services.clock import FixedClock
from services.contracts import Event, booking, feedback, places, visits
from services.outbox import pack, row
from services.testing import Stack, eventually
from stats_svc import app
from stats_svc.settings import Settings

DAY = date(2026, 11, 24)
REGIONS = {
    "hsc-0741": ("UA07000000000024379", "Волинська область", "Volyn region", "Obwód wołyński"),
    "hsc-5641": ("UA56000000000066151", "Рівненська область", "Rivne region", "Obwód rówieński"),
    "lublin-bom-main": ("06", "Люблінське воєводство", "Lublin voivodeship", "Województwo lubelskie"),
}
QUESTIONS = ("premises", "services", "staff", "process", "overall")


def names(uk: str, en: str, pl: str) -> places.Names:
    return places.Names(uk=uk, en=en, pl=pl)


def centre(code: str, *, version: int = 1, zone: str | None = None, desks: int = 2) -> places.CentreChanged:
    region, *named = REGIONS[code]
    return places.CentreChanged(
        version=version,
        centre=code,
        organisation="lublin-bom" if code.startswith("lublin") else "hsc",
        name=names(f"Центр {code}", f"Centre {code}", f"Centrum {code}"),
        address=names("вул.", "st.", "ul."),
        region=region,
        region_name=names(*named),
        territory=region,
        time_zone=zone or ("Europe/Warsaw" if code.startswith("lublin") else "Europe/Kyiv"),
        desks=[places.Desk(id=f"{code}-{number}", desk_number=number) for number in range(1, desks + 1)],
    )


def rated(overall: int = 4, *, at: str = "hsc-0741", day: date = DAY, **more: Any) -> feedback.Rated:
    """A rating; all questions are answered like the one on the whole."""
    standard: dict[str, Any] = {
        "rating_id": uuid4(),
        "about": "visit",
        "organisation": "lublin-bom" if at.startswith("lublin") else "hsc",
        "centre": at,
        "desk": f"{at}-1",
        "region": REGIONS[at][0],
        "questionnaire": "cnap",
        "questionnaire_version": 1,
        "evaluator": None,
        "answers": dict.fromkeys(QUESTIONS, overall),
        "channel": "qr",
        "submitted_at": datetime.fromisoformat(f"{day}T12:00:00+02:00"),
        "day": day,
    }
    return feedback.Rated(**(standard | more))


def visit(kind: type[booking.BookingEvent], *, at: str = "hsc-0741", day: date = DAY, **more: Any) -> Any:
    """An event of booking_svc of a visit of that day."""
    standard: dict[str, Any] = {
        "booking_id": uuid4(),
        "organisation": "lublin-bom" if at.startswith("lublin") else "hsc",
        "centre": at,
        "service": "licence-exchange",
        "channel": "online",
        "visit_date": day,
        "at": datetime.fromisoformat(f"{day}T12:00:00+02:00"),
    }
    if issubclass(kind, visits.DeskEvent):
        standard["desk"] = f"{at}-1"
    if kind is booking.BookingHeld:
        standard["expires_at"] = standard["at"]
    return kind(**(standard | more))


def finished(serving: int, waiting: int = 60, outcome: str = "served", **more: Any) -> Any:
    return visit(visits.VisitFinished, outcome=outcome, waiting_seconds=waiting, serving_seconds=serving, **more)


class World:
    """What the tests of stats_svc do and see."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, bus: Bus, store: asyncpg.Connection[Any]) -> None:
        self.stack, self.client, self.bus, self.store = stack, client, bus, store
        self.clock: FixedClock = stack.clock
        self.told = 0

    async def tell(self, *events: Event, repeat: int = 1) -> None:
        """Publishes the events as their owners' relays would, each `repeat` times, and waits until they are taken."""
        packs = pack([row(event, now=self.clock.now())._asdict() for event in events])
        for turn in range(repeat):
            await self.bus.publish([item._replace(message_id=f"{item.message_id}-{turn}") for item in packs])
        self.told += len(events)
        await eventually(self.all_taken, seconds=30)

    async def all_taken(self) -> bool:
        return bool(await self.store.fetchval("SELECT count(*) FROM inbox") >= self.told)

    async def places(self, *codes: str) -> None:
        await self.tell(*(centre(code) for code in codes or REGIONS))

    async def get(self, path: str, *, headers: dict[str, str] | None = None, **params: Any) -> httpx.Response:
        named = {"from" if name == "first" else "to" if name == "last" else name: of for name, of in params.items()}
        return await self.client.get(f"/api/v1/stats/{path}", params=named, headers=headers or {})

    async def items(self, path: str, *, headers: dict[str, str] | None = None, **params: Any) -> dict[str, Any]:
        """The items by key."""
        days = {"first": DAY - timedelta(days=30), "last": DAY + timedelta(days=30)}
        answer = await self.get(path, headers=headers, **(days | params))
        assert answer.status_code == 200, answer.text
        return {item["key"]: item for item in answer.json()["items"]}

    def manager(self, **claims: Any) -> dict[str, str]:
        return self.stack.bearer("manager", **({"organisation": "hsc", "centre": "hsc-0741"} | claims))

    async def findings(self) -> Sequence[str]:
        """What `doctor` says is wrong, but for those who tell events not being there in most tests."""
        found: list[str] = (await self.client.get("/doctor")).json()["findings"]
        return [finding for finding in found if "does not answer" not in finding]


@pytest_asyncio.fixture
async def world(stack: Stack) -> AsyncIterator[World]:
    url = await stack.database("stats")
    async with stack.running(app.create(stack.settings(Settings, "stats"), clock=stack.clock)) as client:
        bus = Bus(stack.servers.nats_url, name="tests")
        await bus.start()
        store = await asyncpg.connect(url)
        try:
            yield World(stack, client, bus, store)
        finally:
            await bus.stop()
            await store.close()
