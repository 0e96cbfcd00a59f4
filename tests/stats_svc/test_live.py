"""Today's figures, told as they change."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
from nats.aio.msg import Msg

from services.contracts import booking
from services.live import subject
from services.testing import eventually
from stats_svc.handlers.telling import TOPIC
from tests.stats_svc.conftest import DAY, World, finished, rated, visit


async def test_todays_figures_are_told_as_they_change(world: World) -> None:
    """Whole states whose version grows; the day is the network's, small cells are hidden."""
    heard: list[tuple[int, dict[str, Any]]] = []

    async def hear(message: Msg) -> None:
        version, _, body = message.data.partition(b"\n")
        heard.append((int(version), orjson.loads(body)))

    await world.bus.nc.subscribe(subject(TOPIC), cb=hear)
    await world.places()
    await world.tell(*(visit(booking.BookingConfirmed) for _ in range(6)), *(finished(300) for _ in range(5)))
    await world.tell(
        visit(booking.BookingConfirmed, at="hsc-5641"), visit(booking.BookingConfirmed, day=DAY + timedelta(1))
    )
    await world.tell(*(rated() for _ in range(6)))

    async def all_told() -> bool:
        return bool(heard) and heard[-1][1]["ratings"] == 6

    await eventually(all_told)
    state = heard[-1][1]
    assert (state["date"], state["visits"]) == (str(DAY), {"booked": 7, "served": 5, "missed": 0})
    assert [region["suppressed"] for region in state["regions"]] == [True, True]
    assert state["regions"][0]["name"]["en"] == "Volyn region"
    assert [version for version, _ in heard] == sorted({version for version, _ in heard})


async def test_at_midnight_another_day_is_told(world: World) -> None:
    """Though no figure has changed."""
    await world.tell(*(visit(booking.BookingConfirmed) for _ in range(6)))
    before = await world.get("today")
    world.clock.advance(timedelta(days=1))

    async def another() -> bool:
        after = await world.get("today", headers={"If-None-Match": before.headers["etag"]})
        return after.status_code == 200 and after.json()["date"] == str(DAY + timedelta(days=1))

    await eventually(another)
    assert (await world.get("today")).json()["visits"] == {"booked": 0, "served": 0, "missed": 0}


async def test_a_direct_caller_gets_one_event(world: World) -> None:
    """The gateway is who keeps streams open."""
    answer = await world.get("live")
    assert answer.headers["content-type"].startswith("text/event-stream")
    assert answer.text.startswith("id: ")
