"""A manager who closes times of the town's centre, and the citizens who have booked them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import httpx
import pytest_asyncio

from tests.booking_svc.bookings.conftest import town
from tests.booking_svc.visits.conftest import Hall, hall

__all__ = ["hall", "town"]
SLOTS = "/centres/town/slots"
CONTACT = {"email": "olena@example.org"}


class Office:
    """The manager's, with a window on the hall."""

    def __init__(self, hall: Hall) -> None:
        self.hall, self.town, self.context = hall, hall.town, hall.context

    async def post(self, step: str, *, days: int = 1, key: str | None = None, **body: Any) -> httpx.Response:
        """`open` or `close`, of tomorrow unless said otherwise."""
        begin = body.pop("begin", None)
        body = {"date": str(self.day(days)), **({"from": begin} if begin else {}), **body}
        return await self.hall.post(f"{SLOTS}/{step}", body, by=self.hall.manager, key=key)

    async def close(self, begin: str | None = None, until: str | None = None, **more: Any) -> dict[str, Any]:
        """What the manager is told."""
        limits = {name: value for name, value in (("begin", begin), ("until", until)) if value}
        answer = await self.post("close", **{"bookings": "move", **limits, **more})
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    async def open(self, begin: str | None = None, until: str | None = None, **more: Any) -> int:
        limits = {name: value for name, value in (("begin", begin), ("until", until)) if value}
        answer = await self.post("open", **limits, **more)
        assert answer.status_code == 200, answer.text
        opened: int = answer.json()["opened"]
        return opened

    def day(self, days: int = 1) -> date:
        return self.town.at("09:00", days=days).date()

    async def booked(self, index: int, time: str, *, days: int = 1, **more: Any) -> dict[str, Any]:
        """Confirmed, with a contact."""
        who = self.town.citizen(index)
        held = await self.town.hold(who, self.town.at(time, days=days), **{"contact": CONTACT, **more})
        assert held.status_code == 201, held.text
        answer = await self.town.step(who, held.json()["id"], "confirm")
        return {**answer.json(), "index": index}

    async def read(self, booking: dict[str, Any]) -> dict[str, Any]:
        """As its owner sees it."""
        who = self.town.citizen(booking["index"])
        found: dict[str, Any] = (await self.town.booking.get(f"/api/v1/bookings/{booking['id']}", headers=who)).json()
        return found

    async def stands(self, booking: dict[str, Any]) -> str:
        """Its status, or the local day and time when it is confirmed."""
        found = await self.read(booking)
        if found["status"] != "confirmed":
            return str(found["status"])
        return f"{datetime.fromisoformat(found['starts_at']):%d. %H:%M}"

    async def shown(self, *, days: int = 1, service: str = "licence-exchange") -> list[str]:
        """The times that citizens see."""
        path = f"/api/v1/slots?centre=town&service={service}&date={self.day(days)}"
        items = (await self.town.booking.get(path)).json()["items"]
        return [item["starts_at"][11:16] for item in items]

    async def manager_sees(self, *, days: int = 1) -> dict[str, Any]:
        path = f"/api/v1/centres/town/day?date={self.day(days)}"
        seen: dict[str, Any] = (await self.town.booking.get(path, headers=self.hall.manager)).json()
        return seen

    async def rows(self, statement: str, *arguments: Any) -> Any:
        return await self.context.db.hot(statement, *arguments)

    async def messages(self) -> list[tuple[str, str]]:
        """Planned about changes: kind, and the local time of the visit."""
        rows = await self.rows(
            "SELECT kind, starts_at FROM message WHERE kind IN ('moved', 'cancelled') ORDER BY starts_at, kind"
        )
        return [(row["kind"], f"{row['starts_at'].astimezone(self.town.at('09:00').tzinfo):%H:%M}") for row in rows]


@pytest_asyncio.fixture
async def office(hall: Hall) -> Office:
    return Office(hall)
