"""The city at work, and those who pause it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest_asyncio

from tests.booking_svc.bookings.conftest import hall, town
from tests.booking_svc.conftest import House, centre

__all__ = ["hall", "town"]

REGION = "UA07000000000024379"


class Staff:
    """Somebody who pauses and resumes, with a token of these claims."""

    def __init__(self, house: House, role: str, **claims: Any) -> None:
        self.house, self.headers = house, house.stack.bearer(role, sub=f"{role}-1", **claims)

    async def post(self, path: str, body: Any = None, **headers: str) -> httpx.Response:
        return await self.house.client.post(f"/api/v1{path}", json=body, headers={**self.headers, **headers})

    async def pause(self, key: str = "lutsk-main", reason: str = "air_raid") -> httpx.Response:
        return await self.post(f"/centres/{key}/pause", {"reason": reason})

    async def resume(self, key: str = "lutsk-main") -> httpx.Response:
        return await self.post(f"/centres/{key}/resume")


class City:
    """Lutsk and Lublin, in the data of one region; Lutsk has a second centre, which works in a shelter."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.manager = Staff(house, "manager", organisation="lutsk", centre="lutsk-main")
        self.head = Staff(house, "manager", organisation="lutsk")
        self.feed = Staff(house, "system")

    async def paused(self) -> dict[str, str]:
        """The centres whose pause is on, with its reason."""
        rows = await self.house.rows("SELECT centre, reason FROM pause WHERE ended_at IS NULL ORDER BY centre")
        return {row["centre"]: row["reason"] for row in rows}

    async def told(self) -> list[tuple[str, str]]:
        """What left through the outbox, in order."""
        rows = await self.house.rows(
            "SELECT subject, envelope::jsonb -> 'data' ->> 'centre' AS centre FROM outbox"
            " WHERE subject LIKE 'centre.%' ORDER BY id"
        )
        return [(row["subject"], row["centre"]) for row in rows]


@pytest_asyncio.fixture
async def land(house: House, city: dict[str, Any]) -> City:
    city["centres"].append(centre("lutsk-shelter", "lutsk", "Europe/Kyiv") | {"shelter": True})
    await house.load(city)
    return City(house)
