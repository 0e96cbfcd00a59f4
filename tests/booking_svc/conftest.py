"""A city in Poland and Ukraine at once: what the tests of the catalogue and of the slots start from."""

from __future__ import annotations

import copy
from collections.abc import AsyncIterator, Sequence
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from hypothesis import settings

from booking_svc.app import create
from booking_svc.settings import Settings
from booking_svc.slots.memory import FreeSlots
from services.clock import FixedClock
from services.context import Context
from services.testing import Stack

settings.register_profile("shared", deadline=None)  # a busy machine is not a failure
settings.load_profile("shared")

WORKING_DAYS = ("mon", "tue", "wed", "thu", "fri")
CITY: dict[str, Any] = {
    "organisations": [
        {"code": "lutsk", "name": {"uk": "Луцьк", "en": "Lutsk", "pl": "Łuck"}, "time_zone": "Europe/Kyiv"},
        {"code": "lublin", "name": {"uk": "Люблін", "en": "Lublin", "pl": "Lublin"}, "time_zone": "Europe/Warsaw"},
    ],
    "services": [
        {
            "code": code,
            "name": {"uk": uk, "en": en, "pl": pl},
            "steps": [{"uk": "Прийти", "en": "Come", "pl": "Przyjść"}],
            "documents": [{"name": {"uk": "Паспорт", "en": "Passport", "pl": "Paszport"}}],
            "duration_minutes": 20,
        }
        for code, uk, en, pl in (
            ("passport", "Паспорт", "Passport", "Paszport"),
            ("permit", "Дозвіл", "Permit", "Zezwolenie"),
            ("photo", "Фото", "Photograph", "Zdjęcie"),
        )
    ],
}


def centre(key: str, organisation: str, time_zone: str) -> dict[str, Any]:
    """Monday to Friday 09:00–12:00; two desks for papers, one for photographs; a queue of each."""
    return {
        "id": key,
        "organisation": organisation,
        "name": {"uk": "Центр", "en": "Centre", "pl": "Centrum"},
        "region": {"code": "UA07000000000024379", "name": {"uk": "Волинь", "en": "Volyn", "pl": "Wołyń"}},
        "territory": "UA07080170010083384",
        "address": {"uk": "вул. Лесі, 1", "en": "1 Lesi Street", "pl": "ul. Łesi 1"},
        "latitude": 50.7472,
        "longitude": 25.3254,
        "time_zone": time_zone,
        "languages": ["uk", "en"],
        "hours": {day: [["09:00", "12:00"]] for day in WORKING_DAYS},
        "desks": [
            {"number": 1, "services": ["passport", "permit"]},
            {"number": 2, "services": ["passport", "permit"]},
            {"number": 3, "services": ["photo"]},
        ],
        "queues": [
            {"code": "papers", "services": ["passport", "permit"], "slot_minutes": 20, "capacity": 2},
            {"code": "photo", "services": ["photo"], "slot_minutes": 30, "capacity": 1},
        ],
    }


@pytest.fixture
def city() -> dict[str, Any]:
    """An import document of one's own to change: two organisations, three services, two centres."""
    centres = [centre("lutsk-main", "lutsk", "Europe/Kyiv"), centre("lublin-main", "lublin", "Europe/Warsaw")]
    return copy.deepcopy({**CITY, "centres": centres})


class House:
    """booking_svc as it runs, by its front door and by its database."""

    def __init__(self, stack: Stack, client: httpx.AsyncClient, context: Context) -> None:
        self.stack, self.client, self.context = stack, client, context
        self.clock = stack.clock

    @property
    def admin(self) -> dict[str, str]:
        return self.stack.bearer("admin")

    async def get(self, path: str, **headers: str) -> httpx.Response:
        return await self.client.get(f"/api/v1{path}", headers=headers)

    async def items(self, path: str) -> list[Any]:
        answer = await self.get(path)
        assert answer.status_code == 200, answer.text
        items: list[Any] = answer.json()["items"]
        return items

    async def send(self, method: str, path: str, body: Any = None, **headers: str) -> httpx.Response:
        """To the administration, by an admin unless a header says otherwise."""
        return await self.client.request(method, f"/api/v1/admin{path}", json=body, headers={**self.admin, **headers})

    async def load(self, document: dict[str, Any]) -> Any:
        answer = await self.send("POST", "/import", document)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def rows(self, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
        return await self.context.db.hot(statement, *arguments)

    async def take(self, queue: str, starts_at: str, places: int = 1) -> int:
        """What a claim does to a slot, and the news of it for this process. Returns the slot's id."""
        rows = await self.rows(
            "UPDATE slot SET taken = taken + $3, version = version + 1"
            " WHERE queue = $1 AND starts_at = $2::text::timestamptz RETURNING id, capacity - taken AS free, version",
            queue,
            starts_at,
            places,
        )
        self.context.get(FreeSlots).apply([tuple(rows[0].values())])
        slot_id: int = rows[0]["id"]
        return slot_id


@pytest_asyncio.fixture
async def house(stack: Stack, clock: FixedClock) -> AsyncIterator[House]:
    await stack.database("booking")
    app = create(stack.settings(Settings, "booking", ticket_key_seed="33" * 32), clock=clock)
    async with stack.running(app) as client:
        yield House(stack, client, app.state.context)


@pytest_asyncio.fixture
async def settled(house: House, city: dict[str, Any]) -> House:
    """The house with the city in it."""
    await house.load(city)
    return house
