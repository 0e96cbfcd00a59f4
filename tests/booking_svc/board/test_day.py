"""A day by the real routes: whatever happens in the hall, the board shows it."""

from __future__ import annotations

from typing import Any

from services.testing import eventually
from tests.booking_svc.visits.conftest import Hall, hall, town

__all__ = ["hall", "town"]


async def version(hall: Hall) -> int:
    rows = await hall.context.db.hot("SELECT version FROM board WHERE centre = 'town'")
    return int(rows[0]["version"]) if rows else 0


async def board(hall: Hall) -> Any:
    answer = await hall.town.booking.get("/api/v1/centres/town/board")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def shows(hall: Hall, *, waiting: list[int], calls: list[tuple[int, str, int]]) -> None:
    """Returns once the board is so: tickets in line; tickets, desks and numbers of calls."""

    async def shown() -> bool:
        found = await board(hall)
        return (
            found["waiting"] == waiting
            and [(call["ticket"], call["desk"], call["calls"]) for call in found["calls"]] == calls
        )

    await eventually(shown)


async def test_every_route_of_the_day_changes_the_board(hall: Hall) -> None:
    """Terminal, check-in, call, recall, skip, start, finish, mismatch, no-show, cancellation: each by one version."""
    await eventually(lambda: version(hall))
    before = await version(hall)
    first = await hall.arrived("09:20")
    online = await hall.awaited("09:40")
    urgent = await hall.first("09:40")
    assert await version(hall) == before + 2, "the two at the terminal; who is not there yet changes nothing"
    assert (await hall.post(f"/bookings/{online['id']}/check-in")).status_code == 200
    tickets = [booking["ticket"]["number"] for booking in (urgent, first, online)]
    await shows(hall, waiting=tickets, calls=[])

    called = await hall.called(1)
    assert called["id"] == urgent["id"]
    await hall.step(urgent, "recall")
    await shows(hall, waiting=tickets[1:], calls=[(1, "town-1", 2)])
    await hall.step(urgent, "skip")
    await shows(hall, waiting=tickets, calls=[])
    assert await version(hall) == before + 6

    await hall.called(1)
    await hall.served(urgent)
    assert await version(hall) == before + 9, "called, started, finished; to verify shows nothing"
    await hall.called(1)
    await hall.called(2)
    assert (await hall.verify(first, family_name="Інша")).status_code == 409
    await shows(hall, waiting=[], calls=[(tickets[2], "town-2", 1)])
    for step in ("recall", "recall", "missed"):
        assert (await hall.step(online, step)).status_code == 200
    await shows(hall, waiting=[], calls=[])
    assert await version(hall) == before + 15

    late = await hall.arrived("10:00")
    cancelled = await hall.town.step(hall.staff, late["id"], "cancel")
    assert cancelled.status_code == 200, cancelled.text
    assert await version(hall) == before + 17
    await shows(hall, waiting=[], calls=[])


async def test_the_visitor_sees_how_many_are_ahead(hall: Hall) -> None:
    """Of the same queue, until the call."""
    await hall.arrived("09:20")
    await hall.arrived("09:20", service="theory-exam")
    mine = await hall.awaited("09:40")
    path = f"/api/v1/bookings/{mine['id']}"

    async def queue() -> Any:
        return (await hall.town.booking.get(path, headers=hall.town.citizen(mine["index"]))).json()["queue"]

    assert await queue() == {"ahead": 1, "wait_p50_seconds": None, "wait_p90_seconds": None}
    await hall.post(f"/bookings/{mine['id']}/check-in")
    await hall.first("10:00")
    assert (await queue())["ahead"] == 2
    await hall.called(1)
    assert (await queue())["ahead"] == 1
    await hall.called(2)
    assert (await queue())["ahead"] == 0
