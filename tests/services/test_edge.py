"""The hop: an HTTP exchange travels as one NATS request to a real app and back, unharmed and never hanging."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any
from urllib.parse import quote

import pytest
from fastapi import FastAPI, Request, Response
from starlette.responses import StreamingResponse

from services import edge, telemetry
from services.bus import Bus
from services.edge import Answer, Edge, Exchange, call
from services.errors import Problem, Unavailable
from services.front import PROBLEM_HANDLERS, Front
from services.testing import Stack
from tests.services.world import seconds_for


def app_of(name: str = "probe") -> FastAPI:
    """An ordinary app behind the front, which tells what it was asked."""
    app = FastAPI(exception_handlers=PROBLEM_HANDLERS)
    app.state.running = app.state.most = 0

    @app.api_route("/echo/{rest:path}", methods=["GET", "POST", "PUT", "DELETE", "PATCH"])
    async def echo(request: Request) -> Response:
        told = {
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "rest": request.path_params["rest"],
            "headers": dict(request.headers),
            "trace": telemetry.trace_id(),
        }
        return Response(await request.body(), 207, {"x-told": json.dumps(told), "x-by": name}, "application/x-raw")

    @app.get("/size/{size}")
    async def sized(size: int) -> Response:
        return Response(b"x" * size)

    @app.get("/slow")
    async def slow() -> dict[str, str]:
        app.state.running += 1
        app.state.most = max(app.state.most, app.state.running)
        try:
            await asyncio.sleep(0.3)
        finally:
            app.state.running -= 1
        return {"by": name}

    @app.get("/crash")
    async def crash() -> None:
        raise RuntimeError("1759013776")

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError("1759013776")

        return StreamingResponse(pieces())

    @app.get("/stream")
    async def stream() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            for number in range(5):
                yield f"{number},".encode()

        return StreamingResponse(pieces())

    app.add_middleware(Front, service=name, timeout_seconds=5, max_body_bytes=1024 * 1024, body_limits={})
    return app


@asynccontextmanager
async def behind(stack: Stack, app: FastAPI, *, max_in_flight: int = 100) -> AsyncIterator[Edge]:
    """The app as a process behind the hop, on a connection of its own, as service `probe`."""
    bus = Bus(stack.servers.nats_url, name="service")
    await bus.start()
    served = Edge(app, max_in_flight=max_in_flight)
    await served.start(bus, "probe")
    await bus.nc.flush()
    try:
        yield served
    finally:
        await bus.stop_intake()
        await bus.stop()


def get(path: str, *, query: str = "", seconds: float = 5.0) -> Exchange:
    return Exchange("GET", path, query, [], b"", time.time() + seconds)


def told(answer: Answer) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(dict(answer.headers)[b"x-told"])
    return found


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_request_arrives_as_it_was_sent_and_so_does_the_answer(bus: Bus, stack: Stack, method: str) -> None:
    """Method, path, query, headers and body there; status, headers and body back."""
    body = b"" if method == "GET" else bytes(range(256)) * 4
    headers = [
        (b"authorization", b"Bearer abc.def.ghi"),
        (b"idempotency-key", b"k-1"),
        (b"accept-language", "pl;q=0.5, ї".encode("latin-1", "replace")),
        (b"content-type", b"application/octet-stream"),
        (b"if-none-match", b'"\xe9"'),
    ]
    async with behind(stack, app_of()):
        sent = Exchange(method, "/echo/a/b", "x=1&y=%D1%97&x=2", headers, body, time.time() + 5)
        answer = await call(bus, "probe", sent)
    assert answer.status == 207
    assert answer.body == body
    assert dict(answer.headers)[b"content-type"] == b"application/x-raw"
    found = told(answer)
    assert (found["method"], found["path"], found["query"]) == (method, "/echo/a/b", "x=1&y=%D1%97&x=2")
    assert {name.decode(): value.decode("latin-1") for name, value in headers}.items() <= found["headers"].items()


async def test_only_named_headers_travel(bus: Bus, stack: Stack) -> None:
    """Nothing of the caller's connection reaches the service: no host, no cookies, no forged inner headers."""
    headers = [(b"host", b"evil"), (b"cookie", b"a=b"), (b"x-vizyt-problem", b"internal"), (b"accept", b"*/*")]
    async with behind(stack, app_of()):
        answer = await call(bus, "probe", Exchange("GET", "/echo/x", "", headers, b"", time.time() + 5))
    assert told(answer)["headers"] == {"accept": "*/*"}


@pytest.mark.parametrize("rest", ["Луцьк/візит", "a b", "100%", "émigré", "日本語", "a/../b", "x;y=1", "\u202etxt"])
async def test_any_path_arrives(bus: Bus, stack: Stack, rest: str) -> None:
    """The path travels decoded, in all of Unicode."""
    async with behind(stack, app_of()):
        answer = await call(bus, "probe", get(f"/echo/{rest}"))
    assert told(answer)["rest"] == rest
    assert quote(told(answer)["path"]) == quote(f"/echo/{rest}")


@pytest.mark.parametrize("body", [b"", b"\x00", b"\r\n\r\n", b"PUB x 1\r\n", os.urandom(1024 * 1024)])
async def test_any_body_arrives(bus: Bus, stack: Stack, body: bytes) -> None:
    """Bodies travel raw, up to the limit of the front."""
    async with behind(stack, app_of()):
        answer = await call(bus, "probe", Exchange("POST", "/echo/x", "", [], body, time.time() + 5))
    assert answer.body == body


async def test_the_trace_goes_through(bus: Bus, stack: Stack) -> None:
    """The service works under the trace id that the gateway gives it."""
    headers = [(b"traceparent", b"00-" + b"ab" * 16 + b"-" + b"cd" * 8 + b"-01")]
    async with behind(stack, app_of()):
        answer = await call(bus, "probe", Exchange("GET", "/echo/x", "", headers, b"", time.time() + 5))
    assert told(answer)["trace"] == "ab" * 16


async def test_a_streamed_answer_arrives_whole(bus: Bus, stack: Stack) -> None:
    """What the app sends in pieces is one answer."""
    async with behind(stack, app_of()):
        assert (await call(bus, "probe", get("/stream"))).body == b"0,1,2,3,4,"


async def test_nobody_listening_is_known_at_once(bus: Bus) -> None:
    """A service that is not there does not cost the caller the deadline."""

    async def ask() -> None:
        with pytest.raises(Unavailable):
            await call(bus, "nobody", get("/echo/x"))

    assert await seconds_for(ask()) < 2


async def test_the_callers_deadline_ends_the_wait(bus: Bus, stack: Stack) -> None:
    """A service that is slow gives `unavailable` at the deadline, and stops working for nobody."""
    app = app_of()

    async def ask() -> None:
        with suppress(Unavailable):  # as good: the service's own 503 did not arrive in time
            assert (await call(bus, "probe", get("/slow", seconds=0.1))).status == 503

    async with behind(stack, app):
        assert await seconds_for(ask()) < 2
        await asyncio.sleep(0.05)
        assert app.state.running == 0


async def test_a_request_past_its_deadline_is_not_begun(bus: Bus, stack: Stack) -> None:
    """When it comes too late out of the queue, the app never sees it."""
    app = app_of()
    async with behind(stack, app) as served:
        answer = edge.decode_answer(await served.answer(edge.encode_exchange(get("/slow", seconds=-0.01))))
        assert isinstance(edge.problem_of(answer), Unavailable)
        with pytest.raises(Unavailable):
            await call(bus, "probe", get("/slow", seconds=-1))
    assert app.state.most == 0


async def test_more_than_max_in_flight_are_refused_at_once(bus: Bus, stack: Stack) -> None:
    """Overload is told, not queued."""
    app = app_of()
    async with behind(stack, app, max_in_flight=3):
        answers = await asyncio.gather(*(call(bus, "probe", get("/slow")) for _ in range(10)))
        problems = [edge.problem_of(answer) for answer in answers]
        assert sum(isinstance(problem, Unavailable) for problem in problems) == 7
        assert app.state.most == 3
        assert (await call(bus, "probe", get("/slow"))).status == 200, "the places are free again"


async def test_an_answer_too_large_for_a_message_is_an_error_at_once(bus: Bus, stack: Stack) -> None:
    """Just under 8 MiB passes; more is an internal error and not a hang."""
    async with behind(stack, app_of()):
        fits = await call(bus, "probe", get("/size/8380000", seconds=10))
        assert len(fits.body) == 8_380_000
        too_large = edge.problem_of(await call(bus, "probe", get(f"/size/{8 * 1024 * 1024}", seconds=10)))
    assert isinstance(too_large, Problem)
    assert too_large.status == 500


async def test_a_crash_is_a_problem_document_without_its_cause(bus: Bus, stack: Stack) -> None:
    """The app's front answers; neither trace nor message leaves."""
    async with behind(stack, app_of()):
        answer = await call(bus, "probe", get("/crash"))
    assert answer.status == 500
    assert json.loads(answer.body)["code"] == "internal"
    assert b"1759013776" not in answer.body


async def test_an_answer_that_breaks_off_is_an_error_at_once(bus: Bus, stack: Stack) -> None:
    """When the app fails in the middle of its answer nobody gets half of it, and nobody waits."""
    async with behind(stack, app_of()):
        problem = edge.problem_of(await asyncio.wait_for(call(bus, "probe", get("/half")), 2))
    assert isinstance(problem, Problem)
    assert problem.status == 500


async def test_a_message_that_is_no_exchange_harms_nobody(bus: Bus, stack: Stack) -> None:
    """Garbage on the subject is answered with nothing, which is `unavailable`, and the next request works."""
    async with behind(stack, app_of()):
        for message in (b"", b"\x00", b"\x00\x00\x00\x05hello", b"\xff\xff\xff\xff{}"):
            assert await bus.request("edge.probe", message, timeout_seconds=2) == b""
        assert (await call(bus, "probe", get("/echo/x"))).status == 207


async def test_an_empty_message_back_is_unavailable(bus: Bus, stack: Stack) -> None:
    """What a broken responder sends is not taken for an answer."""

    async def nothing(_: bytes) -> bytes:
        return b""

    await bus.respond("edge.mute", nothing, group="mute")
    with pytest.raises(Unavailable):
        await call(bus, "mute", get("/x"))


async def test_two_processes_share_the_work(bus: Bus, stack: Stack) -> None:
    """Each request is answered by one of the processes of the queue group, and both have some."""
    async with behind(stack, app_of("one")), behind(stack, app_of("two")):
        answers = await asyncio.gather(*(call(bus, "probe", get("/echo/x")) for _ in range(60)))
    by = [dict(answer.headers)[b"x-by"] for answer in answers]
    assert set(by) == {b"one", b"two"}
    assert len(by) == 60


async def test_a_stopping_process_answers_what_it_has(bus: Bus, stack: Stack) -> None:
    """Intake ends, requests in flight are answered, the next ones find nobody."""
    async with behind(stack, app_of()):
        asking = [asyncio.create_task(call(bus, "probe", get("/slow"))) for _ in range(20)]
        await asyncio.sleep(0.1)
    assert {(await one).status for one in asking} == {200}
    with pytest.raises(Unavailable):
        await call(bus, "probe", get("/echo/x"))


def test_messages_survive_their_coding() -> None:
    """Both directions, with bytes that are no UTF-8."""
    headers = [(b"accept", b"\xff\x80"), (b"user-agent", b"x")]
    exchange = Exchange("POST", "/шлях", "q=1", headers, b"\x00\xff", 1795503600.25)
    assert edge.decode_exchange(edge.encode_exchange(exchange)) == exchange
    answer = Answer(418, [(b"x-a", b"1"), (b"x-a", b"\xfe")], b"\xff")
    assert edge.decode_answer(edge.encode_answer(answer)) == answer
