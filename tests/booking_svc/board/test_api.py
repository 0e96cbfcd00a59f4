"""What the hall reads: tickets, desks and times, in the right order, and nothing of the visitors."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from booking_svc.app import create
from booking_svc.board.schemas import BoardView
from booking_svc.settings import Settings
from services.testing import Stack, eventually
from tests.booking_svc.board.conftest import LUTSK, TEN, Hall, readings
from tests.booking_svc.conftest import House


@pytest_asyncio.fixture
async def neighbour(hall: Hall, stack: Stack) -> AsyncIterator[Hall]:
    """The same hall, asked at a second process of booking_svc."""
    app = create(stack.settings(Settings, "booking", ticket_key_seed="33" * 32), clock=stack.clock)
    async with stack.running(app) as client:
        yield Hall(House(stack, client, app.state.context))


async def test_an_empty_hall_has_an_empty_board(hall: Hall) -> None:
    """With the present time and offset of the centre, and no estimate out of nothing."""
    board = await hall.board()
    assert board == {
        "now": "2026-11-24T09:00:00+02:00",
        "calls": [],
        "waiting": [],
        "paused": None,
        "waits": [
            {
                "queue": f"{LUTSK}-{queue}",
                "services": services,
                "wait_p50_seconds": None,
                "wait_p90_seconds": None,
                "visits": None,
            }
            for queue, services in (("papers", ["passport", "permit"]), ("photo", ["photo"]))
        ],
    }


async def test_the_line_is_in_the_order_of_the_calls(hall: Hall) -> None:
    """Priority first, then the place in line, whoever came when; who has not checked in is not in line."""
    await hall.waits(at=TEN + timedelta(minutes=40), ticket=1001)
    await hall.waits(at=TEN, ticket=1005)
    await hall.visitor(at=TEN, ticket=1006)
    await hall.waits("photo", at=TEN + timedelta(minutes=30), ticket=1003)
    await hall.waits(at=TEN + timedelta(minutes=60), ticket=2, priority="military")
    await hall.shows(waiting=[2, 1005, 1003, 1001])


async def test_a_called_ticket_moves_from_the_line_to_its_desk(hall: Hall) -> None:
    """The newest call first; it stays while it is served, and leaves with the end."""
    first, second = await hall.waits(ticket=1000), await hall.waits(ticket=1001)
    await hall.step(first, "call", desk=2)
    hall.house.clock.advance(timedelta(seconds=30))
    await hall.step(second, "call", desk=1)
    await hall.step(second, "recall")
    calls = [
        {"ticket": 1001, "desk": f"{LUTSK}-1", "desk_number": 1, "called_at": "2026-11-24T09:00:30+02:00", "calls": 2},
        {"ticket": 1000, "desk": f"{LUTSK}-2", "desk_number": 2, "called_at": "2026-11-24T09:00:00+02:00", "calls": 1},
    ]
    await hall.shows(calls=calls, waiting=[])
    await hall.step(second, "verify")
    await hall.step(second, "start")
    await hall.shows(calls=calls)
    await hall.step(second, "finish")
    await hall.shows(calls=calls[1:])
    await hall.step(first, "skip")
    await hall.shows(calls=[], waiting=[1000])


async def test_a_pause_is_shown_with_its_reason(hall: Hall) -> None:
    """And gone when it ends."""
    manager = hall.house.stack.bearer("manager", organisation="lutsk", centre=LUTSK)
    path = f"/api/v1/centres/{LUTSK}"
    await hall.house.client.post(f"{path}/pause", json={"reason": "air_raid"}, headers=manager)
    await hall.shows(paused={"reason": "air_raid", "since": "2026-11-24T09:00:00+02:00"})
    await hall.house.client.post(f"{path}/resume", headers=manager)
    await hall.shows(paused=None)


async def test_the_board_of_yesterday_is_not_shown_today(hall: Hall) -> None:
    """Whoever was left in line, or at a desk."""
    await hall.waits(ticket=1000)
    await hall.step(await hall.waits(ticket=1001), "call")
    await hall.shows(waiting=[1000])
    hall.house.clock.advance(timedelta(days=1))
    await hall.shows(waiting=[], calls=[])


async def test_a_board_names_nobody(hall: Hall) -> None:
    """Ticket numbers, desks, times; no more fields than the document of the API says."""
    visitor = await hall.waits()
    await hall.step(visitor, "call")
    await hall.shows(waiting=[])
    answer = await hall.get()
    BoardView.model_validate_json(answer.content)
    assert str(visitor) not in answer.text
    assert "Коваль" not in answer.text


async def test_the_version_is_the_etag(hall: Hall) -> None:
    """304 until something changes; the present time alone is no change."""
    etag = (await hall.get()).headers["etag"]
    assert etag == f'W/"{await hall.version()}"'
    hall.house.clock.advance(timedelta(minutes=1))
    for known in (etag, etag.removeprefix("W/")):
        answer = await hall.get(**{"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
    await hall.waits(ticket=1000)
    await hall.shows(waiting=[1000])
    answer = await hall.get(**{"If-None-Match": etag})
    assert (answer.status_code, answer.headers["etag"]) == (200, f'W/"{await hall.version()}"')


async def test_a_board_is_read_once_per_change_whoever_asks(hall: Hall) -> None:
    """Reading it again and again costs no statement; a change costs one."""
    await hall.board()
    for _ in range(3):
        before = readings()
        await hall.waits()
        version = await hall.version()

        async def shown(version: int = version) -> bool:
            return (await hall.get()).headers["etag"] == f'W/"{version}"'

        await eventually(shown)
        for _ in range(10):
            await hall.board()
        assert readings() == before + 1


async def test_every_process_shows_what_another_one_changed(hall: Hall, neighbour: Hall) -> None:
    """By the notice of the database."""
    await hall.waits(ticket=1000)
    await neighbour.shows(waiting=[1000])
    await hall.house.rows(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND application_name = 'booking_svc slots'"
    )
    await hall.waits(ticket=1001, at=TEN + timedelta(minutes=20))
    await neighbour.shows(waiting=[1000, 1001])
    await hall.shows(waiting=[1000, 1001])


async def test_the_service_itself_streams_one_event(hall: Hall) -> None:
    """The same state in the same form; the gateway is who keeps streams open."""
    answer = await hall.house.get(f"/centres/{LUTSK}/board/stream")
    assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
    head, data, *rest = answer.text.split("\n")
    assert (head, rest) == (f"id: {await hall.version()}", ["", ""])
    BoardView.model_validate_json(data.removeprefix("data: "))


async def test_an_unknown_centre_has_no_board(hall: Hall) -> None:
    """404, for the board and for its stream."""
    for path in ("board", "board/stream"):
        answer = await hall.house.get(f"/centres/nowhere/{path}")
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_api_document_shows_what_a_board_holds(hall: Hall) -> None:
    """The body, the stream, and the manager's comparison."""
    document: dict[str, Any] = (await hall.house.client.get("/openapi.json")).json()
    board = document["paths"]["/api/v1/centres/{centre}/board"]["get"]["responses"]["200"]["content"]
    assert board["application/json"]["schema"] == {"$ref": "#/components/schemas/BoardView"}
    assert "text/event-stream" in str(document["paths"]["/api/v1/centres/{centre}/board/stream"])
    assert "/api/v1/centres/{centre}/waits" in document["paths"]
