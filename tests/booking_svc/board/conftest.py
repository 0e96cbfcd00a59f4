"""The city on a Tuesday morning, and visitors as rows: what raises a board is what happens to them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio
from prometheus_client import REGISTRY

from services.ids import uuid7
from services.testing import eventually
from tests.booking_svc.conftest import House

LUTSK = "lutsk-main"
TEN = datetime.fromisoformat("2026-11-24T10:00:00+02:00")

BOOK = """
INSERT INTO booking (
    id, status, created_at, slot_id, organisation, centre, service, starts_at, visit_date, channel, applicant_kind,
    applicant_key, person_key, names, quota, expires_at, created_by, confirmed_at, ticket_number, priority
)
SELECT $1, 'confirmed', $2, slot.id, 'lutsk', centre, $3, starts_at, visit_date, 'online', 'individual', 'key', 'key',
    'Коваль'::bytea, '{}', $2, 'somebody', $2, $4, $5
FROM slot WHERE centre = $6 AND starts_at = $7 AND queue = $8
"""
STEPS = {
    "check in": "checked_in_at = $2",
    "call": "status = 'called', desk = centre || '-' || $3, called_at = $2, calls = 1",
    "recall": "calls = calls + 1",
    "skip": "status = 'confirmed', skipped_at = $2, desk = NULL, called_at = NULL, calls = 0",
    "verify": "verified_at = $2",
    "start": "status = 'serving', started_at = $2",
    "finish": "status = 'finished', ended_at = $2, outcome = 'served'",
    "refuse": "status = 'refused', ended_at = $2, refused_because = 'identity_mismatch'",
    "miss": "status = 'missed', ended_at = $2",
    "cancel": "status = 'cancelled', ended_at = $2, cancelled_by = 'applicant'",
}


class Hall:
    """A centre, its visitors and its board."""

    def __init__(self, house: House, centre: str = LUTSK) -> None:
        self.house, self.centre = house, centre
        self._tickets = 1000

    async def visitor(self, service: str = "passport", *, at: datetime = TEN, **more: Any) -> UUID:
        """Confirmed online, not there yet. `more`: `ticket`, `priority`."""
        booking_id, now = uuid7(self.house.clock.now()), self.house.clock.now()
        ticket = more.get("ticket", self._tickets)
        self._tickets = max(self._tickets, ticket) + 1
        queue = f"{self.centre}-{'photo' if service == 'photo' else 'papers'}"
        place = (self.centre, at, queue)
        await self.house.rows(BOOK, booking_id, now, service, ticket, more.get("priority"), *place)
        return booking_id

    async def waits(self, service: str = "passport", **more: Any) -> UUID:
        """Confirmed and checked in."""
        booking_id = await self.visitor(service, **more)
        await self.step(booking_id, "check in")
        return booking_id

    async def step(self, booking_id: UUID, step: str, desk: int = 1) -> None:
        """What the day does to a visit, past its rules."""
        change = STEPS[step]
        wants = [str(desk)] if "$3" in change else []
        now = [self.house.clock.now()] if "$2" in change else []
        await self.house.rows(f"UPDATE booking SET {change} WHERE id = $1", booking_id, *now, *wants)

    async def get(self, **headers: str) -> httpx.Response:
        return await self.house.get(f"/centres/{self.centre}/board", **headers)

    async def board(self) -> Any:
        answer = await self.get()
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def version(self) -> int:
        """As the database has it."""
        rows = await self.house.rows("SELECT version FROM board WHERE centre = $1", self.centre)
        return int(rows[0]["version"]) if rows else 0

    async def shows(self, **expected: Any) -> None:
        """Returns once the board shows that."""

        async def shown() -> bool:
            board = await self.board()
            return all(board[name] == value for name, value in expected.items())

        await eventually(shown)

    async def past(self, seconds: list[int], *, weeks: int = 1, hour: int = 9, queue: str = "papers") -> None:
        """Visitors of the same weekday some weeks ago who began to wait at that hour and waited so long."""
        began = datetime.fromisoformat("2026-11-24T00:00:00+02:00") + timedelta(hours=hour) - timedelta(weeks=weeks)
        begun = began.replace(tzinfo=None)
        booking_id = await self.visitor()
        await self.house.rows(
            "INSERT INTO visit_period"
            " (booking_id, kind, started_at, ended_at, paused_seconds, centre, queue, desk, visit_date)"
            " SELECT $1, 'waiting', began, began + make_interval(secs => waited + 60), 60, $2, $3, 'x', began::date"
            " FROM (SELECT $4::timestamp AT TIME ZONE 'Europe/Kyiv' AS began, unnest($5::int[]) AS waited) AS t",
            booking_id, self.centre, f"{self.centre}-{queue}", begun, seconds,
        )  # fmt: skip


def readings() -> int:
    """How many statements have read boards, in this process."""
    return int(REGISTRY.get_sample_value("vizyt_board_readings_total") or 0)


@pytest_asyncio.fixture
async def hall(settled: House) -> Hall:
    """Once the boards of both centres have their first version, and are known."""
    here = Hall(settled)

    async def raised() -> bool:
        rows = await settled.rows("SELECT count(*) AS count FROM board WHERE hour IS NOT NULL")
        return bool(rows[0]["count"] == 2)

    await eventually(raised)
    for centre in (LUTSK, "lublin-main"):
        await Hall(settled, centre).board()
    return here
