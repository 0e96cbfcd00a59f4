"""Streams through the gateway: hundreds of listeners on real sockets, and a service that is asked once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from gateway.app import create
from gateway.routes import live
from gateway.settings import Settings
from services.bus import Bus
from services.front import PROBLEM_HANDLERS
from services.live import LISTENERS, Publisher, State
from services.testing import Stack, eventually
from tests.gateway.screens import all_show, opened, screens
from tests.gateway.world import answering, fronting, listening
from tests.services.world import seconds_for

BOARD = "/api/v1/centres/one/board"
STREAM = f"{BOARD}/stream"


class Hall:
    """Stands where a service with a live resource stands; counts how often it is read."""

    def __init__(self, bus: Bus) -> None:
        self.app = FastAPI(exception_handlers=PROBLEM_HANDLERS)
        self.publisher = Publisher(bus)
        self.version, self.reads, self.filler = 1, 0, 0
        self.app.add_api_route("/api/v1/centres/{centre}/board", self.read, methods=["GET"])

    @property
    def state(self) -> State:
        return State(self.version, b'{"number":%d%s}' % (self.version, b" " * self.filler))

    async def read(self, centre: str, request: Request) -> Response:
        self.reads += 1
        if centre != "one":
            raise HTTPException(404)
        known = request.headers.get("if-none-match") == f'"{self.version}"'
        headers = {"etag": f'W/"{self.version}"'}
        return Response(status_code=304) if known else Response(self.state.body, headers=headers)

    async def change(self) -> int:
        self.version += 1
        await self.publisher.publish({BOARD: self.state})
        return self.version


@asynccontextmanager
async def hall_of(stack: Stack) -> AsyncIterator[Hall]:
    bus = Bus(stack.servers.nats_url, name="hall")
    await bus.start()
    hall = Hall(bus)
    await hall.publisher.publish({})  # its word to read again is said before anybody listens
    await bus.nc.flush()
    async with answering(stack, "booking_svc", hall.app):
        yield hall
    await bus.stop()


@pytest.fixture
def quick() -> dict[str, Any]:
    """Settings for tests that do not want to wait."""
    return {"live_check_seconds": 60}


def url(client: httpx.AsyncClient, path: str = STREAM) -> str:
    return f"{client.base_url}".rstrip("/") + path


@pytest.mark.parametrize(
    ("path", "topic"),
    [
        (STREAM, BOARD),
        ("/api/v1/centres/Луцьк/board/stream", "/api/v1/centres/Луцьк/board"),
        (f"{STREAM}/", None),
        ("/api/v1/centres/board/stream", None),
        ("/api/v1/centres//board/stream", None),
        ("/api/v1/centres/a/b/board/stream", None),
        (BOARD, None),
        ("/stream", None),
    ],
)
def test_only_live_resources_are_streamed(path: str, topic: str | None) -> None:
    """The address without its last word is the topic."""
    assert live(path) == topic


def test_todays_figures_have_an_address_of_their_own() -> None:
    """The contract's: not that of the resource with a word more."""
    assert live("/api/v1/stats/live") == "/api/v1/stats/today"
    assert live("/api/v1/stats/today") is None


async def test_a_stream_is_an_event_stream_that_nobody_keeps(stack: Stack, quick: dict[str, Any]) -> None:
    """The type, the headers for caches and proxies, the snapshot first with its version as id."""
    async with hall_of(stack), fronting(stack, **quick) as client, client.stream("GET", STREAM) as answer:
        assert answer.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert (answer.headers["cache-control"], answer.headers["x-accel-buffering"]) == ("no-store", "no")
        assert answer.headers["x-content-type-options"] == "nosniff"
        lines = answer.aiter_lines()
        assert (await anext(lines)).startswith("retry: ")
        assert [await anext(lines) for _ in range(3)] == ["", "id: 1", 'data: {"number":1}']


async def test_hundreds_of_listeners_see_every_change_and_the_service_is_read_once(
    stack: Stack, quick: dict[str, Any]
) -> None:
    """One reading for the first of them, none for a change: it brings the state along."""
    async with hall_of(stack) as hall, fronting(stack, **quick) as client, screens(url(client), 300) as listeners:
        await all_show(listeners, 1)
        for _ in range(5):
            version = await hall.change()
            await all_show(listeners, version)
        assert {tuple(listener.ids) for listener in listeners} == {(1, 2, 3, 4, 5, 6)}
        assert {listener.states[-1] for listener in listeners} == {b'{"number":6}'}
        assert hall.reads == 1
        assert LISTENERS._value.get() >= 300


async def test_two_gateways_read_once_each(stack: Stack, quick: dict[str, Any]) -> None:
    """However many gateways there are, every listener is shown the same."""
    async with (
        hall_of(stack) as hall,
        fronting(stack, **quick) as first,
        fronting(stack, **quick) as second,
        screens(url(first), 3) as some,
        screens(url(second), 3) as others,
    ):
        await all_show((*some, *others), 1)
        await hall.change()
        await all_show((*some, *others), 2)
        assert hall.reads == 2


async def test_who_comes_back_with_the_last_id_gets_nothing_twice(stack: Stack, quick: dict[str, Any]) -> None:
    """`Last-Event-ID`: heartbeats until something changes; with an older id, the state as it is."""
    quick |= {"live_heartbeat_seconds": 0.05}
    async with (
        hall_of(stack) as hall,
        fronting(stack, **quick) as client,
        screens(url(client), last_event_id="1") as (known,),
        screens(url(client), last_event_id="7") as (other,),
    ):

        async def beats() -> bool:
            return known.comments > 2

        await eventually(beats)
        assert (known.ids, other.ids) == ([], [1])
        await hall.change()
        await known.shown(2)
        assert known.ids == [2]


async def test_no_time_limit_of_a_request_cuts_a_stream(stack: Stack, quick: dict[str, Any]) -> None:
    """Those of the front and of the routes are for answers that have an end."""
    quick |= {"stream_timeout_seconds": 0.2, "request_timeout_seconds": 0.2, "live_heartbeat_seconds": 0.1}
    async with hall_of(stack) as hall, fronting(stack, **quick) as client, screens(url(client)) as (listener,):

        async def beats() -> bool:
            return listener.comments > 6

        await eventually(beats)
        await hall.change()
        await listener.shown(2)
        assert not listener.ended


async def test_a_slow_listener_skips_and_holds_nobody_up(stack: Stack, quick: dict[str, Any]) -> None:
    """It takes nothing while 60 large states pass by; then it is sent what fits into the buffers, and the newest."""
    async with hall_of(stack) as hall, fronting(stack, **quick) as client:
        hall.filler = 300_000
        slow = await opened(url(client), limit=1000)
        async with screens(url(client), 3) as listeners:
            for _ in range(60):
                version = await hall.change()
                await all_show(listeners, version)
            assert all(listener.ids == list(range(1, 62)) for listener in listeners)
        slow._reader._limit = 1 << 22
        slow.read()
        await slow.shown(61)
        assert len(slow.ids) < 50
        assert slow.ids == sorted(set(slow.ids))
        await slow.close()


async def test_a_listener_that_leaves_frees_its_place(stack: Stack, quick: dict[str, Any]) -> None:
    """So many per gateway; the next is 503 with Retry-After, in the caller's language, until somebody goes."""
    quick |= {"max_listeners": 2, "live_heartbeat_seconds": 0.05}
    async with hall_of(stack) as hall, fronting(stack, **quick) as client:
        async with screens(url(client), 2) as listeners:
            await all_show(listeners, 1)
            answer = await client.get(STREAM, headers={"accept-language": "en"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
            assert (await client.get(BOARD)).status_code == 200, "what is no stream is served"

        async def let_in() -> bool:
            async with client.stream("GET", STREAM) as again:
                return again.status_code == 200

        await eventually(let_in)
        assert hall.reads >= 2


async def test_an_unknown_resource_is_404_in_the_callers_language(stack: Stack, quick: dict[str, Any]) -> None:
    """As the service refuses to show it."""
    async with hall_of(stack), fronting(stack, **quick) as client:
        answer = await client.get("/api/v1/centres/two/board/stream", headers={"accept-language": "pl"})
        assert (answer.status_code, answer.json()["title"]) == (404, "Nie znaleziono")
        assert answer.headers["content-type"] == "application/problem+json"


async def test_other_methods_are_the_services_matter(stack: Stack, quick: dict[str, Any]) -> None:
    """They take the ordinary way, and nothing stays open."""
    async with hall_of(stack), fronting(stack, **quick) as client:
        for method in ("POST", "HEAD", "DELETE"):
            assert (await client.request(method, STREAM)).status_code == 404
        assert (await client.head(BOARD)).status_code == 200


async def test_without_the_service_a_stream_is_unavailable_at_once(stack: Stack, quick: dict[str, Any]) -> None:
    """503, and the next one asks anew."""
    async with fronting(stack, **quick) as client:

        async def refused() -> None:
            assert (await client.get(STREAM)).status_code == 503

        assert await seconds_for(refused()) < 3, "less than the deadline of a reading"
        async with hall_of(stack), screens(url(client)) as (listener,):
            await listener.shown(1)


async def test_a_restart_of_the_service_is_not_seen_on_the_screens(stack: Stack, quick: dict[str, Any]) -> None:
    """The stream stays; what changed around the restart is read as soon as the new process says so."""
    async with fronting(stack, **quick) as client:
        async with hall_of(stack) as hall:
            listener = await opened(url(client))
            listener.read()
            await listener.shown(1)
        async with hall_of(stack) as hall:
            hall.version = 8
            await hall.publisher._bus.nc.publish("live", b"")
            await listener.shown(8)
            await hall.change()
            await listener.shown(9)
        assert (listener.ids, listener.ended) == ([1, 8, 9], False)
        await listener.close()


async def test_a_graceful_stop_ends_the_streams_first(stack: Stack, quick: dict[str, Any]) -> None:
    """Each with a proper end: when the server would cut off what is left, nothing is left."""
    settings = Settings(**{"NATS_URL": stack.servers.nats_url, "LOG_LEVEL": "ERROR", **quick})
    async with hall_of(stack):
        running = listening(create(settings))
        address = await running.__aenter__()

        async def up() -> bool:
            async with httpx.AsyncClient() as client:
                return (await client.get(f"{address}/readyz")).status_code == 200

        await eventually(up)
        async with screens(address + STREAM, 50) as listeners:
            await all_show(listeners, 1)
            await running.__aexit__(None, None, None)
            await asyncio.gather(*(eventually(listener.finished) for listener in listeners))
