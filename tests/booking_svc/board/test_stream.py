"""From a change in the database to hundreds of screens: one statement, and nobody misses the newest state."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from datetime import timedelta

import httpx

from booking_svc.app import create
from booking_svc.settings import Settings
from services.testing import Stack, eventually
from tests.booking_svc.board.conftest import LUTSK, Hall, readings
from tests.booking_svc.conftest import House
from tests.gateway.screens import Screen, opened, screens
from tests.gateway.world import fronting

STREAM = f"/api/v1/centres/{LUTSK}/board/stream"


def url(client: httpx.AsyncClient) -> str:
    return f"{client.base_url}".rstrip("/") + STREAM


async def lines(screens: Sequence[Screen], *tickets: int) -> None:
    """Returns once all of them show these tickets as waiting; who come at the same moment are in no order."""

    async def shown() -> bool:
        last = {screen.states[-1] if screen.states else b"{}" for screen in screens}
        return all(sorted(json.loads(state).get("waiting", [0])) == list(tickets) for state in last)

    await eventually(shown, seconds=20)


async def test_one_statement_per_change_whatever_the_number_of_listeners(hall: Hall, stack: Stack) -> None:
    """Two gateways, three hundred screens, counted exactly."""
    async with fronting(stack, live_check_seconds=60) as first, fronting(stack, live_check_seconds=60) as second:
        urls = [url(client) for client in (first, second)]
        async with screens(urls[0], 150) as some, screens(urls[1], 150) as others:
            all_of_them = [*some, *others]
            await lines(all_of_them)
            tickets: list[int] = []
            for ticket in range(1000, 1006):
                before = readings()
                await hall.waits(ticket=ticket)
                tickets.append(ticket)
                await lines(all_of_them, *tickets)
                assert readings() == before + 1
            version = await hall.version()
            assert {screen.ids[-1] for screen in all_of_them} == {version}
            assert len({tuple(screen.ids) for screen in all_of_them}) == 1, "everybody was shown the same"


async def test_changes_that_come_together_are_read_together(hall: Hall, stack: Stack) -> None:
    """Far fewer statements than changes, and the last state is there."""
    async with fronting(stack, live_check_seconds=60) as client, screens(url(client), 5) as several:
        await lines(several)
        visitors = [await hall.visitor(ticket=1000 + number) for number in range(60)]
        before = readings()
        await asyncio.gather(*(hall.step(visitor, "check in") for visitor in visitors))
        await lines(several, *range(1000, 1060))
        assert readings() - before < 30
        assert several[0].ids == sorted(set(several[0].ids))


async def test_nobody_is_sent_again_what_they_have(hall: Hall, stack: Stack) -> None:
    """`Last-Event-ID` of a screen that was cut off; it is sent what changed meanwhile, and only then."""
    await hall.waits(ticket=1000)
    await hall.shows(waiting=[1000])
    version = await hall.version()
    async with (
        fronting(stack, live_check_seconds=60, live_heartbeat_seconds=0.05) as client,
        screens(url(client), last_event_id=str(version)) as (back,),
    ):

        async def beats() -> bool:
            return back.comments > 3

        await eventually(beats)
        assert back.ids == []
        await hall.waits(ticket=1001)
        await lines([back], 1000, 1001)
        assert back.ids == [version + 1]


async def test_a_new_hour_and_a_new_day_reach_the_screens(hall: Hall, stack: Stack) -> None:
    """Though nothing was changed: other waits, another line."""
    await hall.waits(ticket=1000)
    async with fronting(stack, live_check_seconds=60) as client, screens(url(client)) as (screen,):
        await lines([screen], 1000)
        seen = len(screen.ids)
        hall.house.clock.advance(timedelta(hours=1))
        await eventually(lambda: longer(screen, seen))
        hall.house.clock.advance(timedelta(hours=15))
        await lines([screen])


async def longer(screen: Screen, seen: int) -> bool:
    return len(screen.ids) > seen


async def test_another_leader_goes_on_telling(hall: Hall, stack: Stack) -> None:
    """Every process loses its database; whoever leads then makes the gateways read again, and tells what follows."""
    app = create(stack.settings(Settings, "booking", ticket_key_seed="33" * 32), clock=stack.clock)
    async with stack.running(app) as client, fronting(stack, live_check_seconds=60) as front:
        neighbour = Hall(House(stack, client, app.state.context))
        screen = await opened(url(front))
        screen.read()
        await lines([screen])
        await neighbour.house.rows(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        await eventually(lambda: checked_in(neighbour, 1000))
        await lines([screen], 1000)
        await eventually(lambda: checked_in(neighbour, 1001))
        await lines([screen], 1000, 1001)
        await screen.close()


async def checked_in(hall: Hall, ticket: int) -> bool:
    try:
        await hall.waits(ticket=ticket)
    except Exception:
        return False
    return True
