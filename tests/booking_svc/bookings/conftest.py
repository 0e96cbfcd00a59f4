"""A small town: one centre with two desks, bookings and quotas running as they do for real."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest_asyncio

import booking_svc.app
import booking_svc.settings
import quota_svc.app
import quota_svc.settings
from services.testing import Stack, eventually

KYIV = ZoneInfo("Europe/Kyiv")
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def words(text: str) -> dict[str, str]:
    return {"uk": text, "en": text, "pl": text}


def document() -> dict[str, Any]:
    """Open every day 09:00–17:00; two desks; one queue of two places every 20 minutes; the four limits."""
    return {
        "organisations": [
            {
                "code": "hsc",
                "name": words("ГСЦ МВС"),
                "time_zone": "Europe/Kyiv",
                "window_days": 21,
                "opens_at": "06:00",
                "hold_minutes": 5,
                "release_policy": "immediate",
            }
        ],
        "services": [
            {
                "code": "licence-exchange",
                "name": words("Обмін посвідчення"),
                "steps": [words("Прийти")],
                "documents": [{"name": words("Паспорт")}],
                "duration_minutes": 20,
                "open_to_foreigners": True,
                "cooldown_days": 0,
            }
        ],
        "centres": [
            {
                "id": "town",
                "organisation": "hsc",
                "name": words("Центр"),
                "region": {"code": "UA07000000000024889", "name": words("Волинська область")},
                "territory": "UA07080170010083384",
                "address": words("Луцьк"),
                "latitude": 50.75,
                "longitude": 25.33,
                "time_zone": "Europe/Kyiv",
                "languages": ["uk"],
                "shelter": False,
                "hours": {day: [["09:00", "17:00"]] for day in WEEK},
                "calendar": [{"date": "2026-11-29", "closed": True}],
                "desks": [{"number": number, "services": ["licence-exchange"]} for number in (1, 2)],
                "queues": [{"code": "main", "services": ["licence-exchange"], "slot_minutes": 20, "capacity": 2}],
            }
        ],
        "policies": [
            policy(applicant, channel, limit, period)
            for applicant, channel, limit, period in (
                ("individual", "online", 4, "month"),
                ("individual", "terminal", 4, "month"),
                ("legal_entity", "online", 4, "day"),
                ("legal_entity", "terminal", 6, "day"),
            )
        ],
    }


def policy(applicant: str, channel: str, limit: int, period: str) -> dict[str, Any]:
    return {
        "organisation": "hsc",
        "applicant": applicant,
        "channel": channel,
        "limit": limit,
        "period": period,
        "cancelled_counts": True,
        "valid_from": "2025-01-01",
    }


def rnokpp(index: int) -> str:
    """A valid number of an invented person."""
    first = f"{3_000_000_00 + index:09d}"
    weights = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
    return first + str(sum(w * int(d) for w, d in zip(weights, first, strict=True)) % 11 % 10)


@dataclass
class Town:
    """Clients of booking_svc and quota_svc, and what people do there."""

    stack: Stack
    booking: httpx.AsyncClient
    quota: httpx.AsyncClient
    booking_url: str
    quota_url: str

    number = staticmethod(rnokpp)

    def citizen(self, index: int = 1, **claims: Any) -> dict[str, str]:
        identity = {"number": rnokpp(index), "family_name": "Коваль", "given_name": f"Олена{index}"}
        return self.stack.bearer("citizen", sub=f"citizen-{index}", **(identity | claims))

    def at(self, clock_time: str, *, days: int = 0) -> datetime:
        """A local time of the centre, so many days from now."""
        hour, minute = map(int, clock_time.split(":"))
        local = (self.stack.clock.now() + timedelta(days=days)).astimezone(KYIV)
        return local.replace(hour=hour, minute=minute, second=0, microsecond=0)

    async def hold(self, who: dict[str, str], starts_at: datetime, **more: Any) -> httpx.Response:
        headers = who | more.pop("headers", {})
        body = {"centre": "town", "service": "licence-exchange", "starts_at": starts_at.isoformat(), **more}
        return await self.booking.post("/api/v1/bookings", json=body, headers=headers)

    async def step(self, who: dict[str, str], booking_id: str, step: str, **headers: str) -> httpx.Response:
        return await self.booking.post(f"/api/v1/bookings/{booking_id}/{step}", headers=who | headers)

    async def booked(self, who: dict[str, str], starts_at: datetime) -> dict[str, Any]:
        """Held and confirmed."""
        held = await self.hold(who, starts_at)
        assert held.status_code == 201, held.text
        answer = await self.step(who, held.json()["id"], "confirm")
        assert answer.status_code == 200, answer.text
        booking: dict[str, Any] = answer.json()
        return booking

    async def used(self, who: dict[str, str], period: str = "2026-11") -> int:
        """How much of the online limit counts, as the citizen is told."""
        answer = await self.quota.get("/api/v1/quota?organisation=hsc", headers=who)
        assert answer.status_code == 200, answer.text
        items = answer.json()["items"]
        return next(item["used"] for item in items if item["channel"] == "online" and item["period"] == period)

    async def healthy(self) -> None:
        """Everything has been told, and slots, bookings, ledger and usage agree."""

        async def findings() -> bool:
            both = [(await client.get("/doctor")).json()["findings"] for client in (self.booking, self.quota)]
            return both == [[], []]

        await eventually(findings)


@asynccontextmanager
async def opened(stack: Stack, city: dict[str, Any], **settings: Any) -> AsyncIterator[Town]:
    """The town at work; `settings` are booking_svc's own."""
    booking_url, quota_url = await stack.database("booking"), await stack.database("quota")
    booking_settings = stack.settings(booking_svc.settings.Settings, "booking", ticket_key_seed="33" * 32, **settings)
    quota_app = quota_svc.app.create(stack.settings(quota_svc.settings.Settings, "quota"), clock=stack.clock)
    booking_app = booking_svc.app.create(booking_settings, clock=stack.clock)
    async with stack.running(quota_app) as quota, stack.running(booking_app) as booking:
        place = Town(stack, booking, quota, booking_url, quota_url)
        answer = await booking.post("/api/v1/admin/import", json=city, headers=stack.bearer("admin"))
        assert answer.status_code == 200, answer.text

        async def opened() -> bool:
            day = place.at("09:00", days=1).date()
            slots = await booking.get(f"/api/v1/slots?centre=town&service=licence-exchange&date={day}")
            policies = await quota.get("/api/v1/admin/policies", headers=stack.bearer("admin"))
            return bool(slots.json().get("items")) and len(policies.json().get("items", [])) == 4

        await eventually(opened)
        yield place


@pytest_asyncio.fixture
async def town(stack: Stack) -> AsyncIterator[Town]:
    async with opened(stack, document()) as place:
        yield place


class Hall:
    """The town's centre in the morning: it is paused from 9:50, and what was booked for 10:00 passes."""

    def __init__(self, town: Town) -> None:
        self.town = town

    async def post(self, path: str, body: Any = None, *, who: Any = None, **headers: str) -> httpx.Response:
        who = who or self.town.stack.bearer("manager", organisation="hsc", centre="town")
        return await self.town.booking.post(f"/api/v1{path}", json=body, headers=who | headers)

    async def pause(self, at: str = "09:50", reason: str = "air_raid") -> None:
        self.town.stack.clock.time = self.town.at(at)
        assert (await self.post("/centres/town/pause", {"reason": reason})).status_code == 200

    async def resume(self, at: str = "11:00") -> None:
        self.town.stack.clock.time = self.town.at(at)
        assert (await self.post("/centres/town/resume")).status_code == 200

    async def alert(self) -> None:
        await self.pause()
        await self.resume()

    async def move(self, who: Any, booking: Any, to: datetime, **headers: str) -> httpx.Response:
        return await self.post(f"/bookings/{booking['id']}/move", {"starts_at": to.isoformat()}, who=who, **headers)

    async def read(self, who: Any, booking: Any) -> Any:
        return (await self.town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=who)).json()

    async def taken(self, at: datetime) -> Any:
        rows = await self.rows("SELECT taken FROM slot WHERE starts_at = $1", at)
        return rows[0]["taken"]

    async def rows(self, statement: str, *arguments: Any) -> Any:
        return await self.town.booking._transport.app.state.context.db.hot(statement, *arguments)


@pytest_asyncio.fixture
async def hall(town: Town) -> Hall:
    return Hall(town)
