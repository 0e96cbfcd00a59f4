"""Streams of live states (services/live.py): the resource is read over the hop, its news come from NATS."""

from __future__ import annotations

import asyncio
import time

import orjson
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.routes import PRIVATE, find, live
from gateway.settings import Settings
from services import edge, telemetry
from services.bus import Bus
from services.errors import InvalidRequest, Problem
from services.front import KINDS, ClientGone
from services.live import LIFE_SECONDS, Hub, Private, State

TIMEOUT_SECONDS = LIFE_SECONDS + 600
"""For the front around streams: they end by themselves before."""
PATIENCE_SECONDS = 60.0
"""A listener that takes nothing for so long is gone."""
HEADERS = {"cache-control": "no-store", "x-accel-buffering": "no"}  # a proxy must not gather pieces


def hub(bus: Bus, settings: Settings) -> Hub:
    """The listeners of this gateway."""

    async def read(topic: str, known: int | None) -> State | None:
        return await read_state(bus, topic, known)

    async def read_private(what: Private, known: int | None) -> State | None:
        return await read_state(bus, what.address, known, authorization=what.authorization)

    return Hub(
        bus,
        read,
        read_private=read_private,
        max_listeners=settings.max_listeners,
        check_seconds=settings.live_check_seconds,
    )


async def read_state(bus: Bus, address: str, known: int | None, *, authorization: str = "") -> State | None:
    """The resource as its service answers now, to this caller; None when it is still that version. Raises the service's
    refusal.
    """
    path, _, query = address.partition("?")
    route = find(path)
    assert route is not None, path
    headers = [(b"traceparent", telemetry.traceparent().encode())]
    if authorization:
        headers.append((b"authorization", authorization.encode("latin-1")))
    if known is not None:
        headers.append((b"if-none-match", b'"%d"' % known))
    exchange = edge.Exchange("GET", path, query, headers, b"", time.time() + route.read_seconds)
    answer = await edge.call(bus, route.service, exchange)
    if answer.status == 304:
        return None
    if answer.status == 422:
        raise InvalidRequest(orjson.loads(answer.body)["errors"])
    if answer.status != 200:
        raise edge.problem_of(answer) or KINDS.get(answer.status, Problem)()
    return State(int(dict(answer.headers)[b"etag"].strip(b'W/"')), answer.body)


class Live:
    """An ASGI app: one stream for as long as its listener wants it."""

    def __init__(self, hub: Hub, *, heartbeat_seconds: float) -> None:
        self._hub, self._heartbeat_seconds = hub, heartbeat_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope)
        last_id = request.headers.get("last-event-id")
        async with self._hub.topic(*_listened(request)) as found:
            frames = found.frames(last_id, heartbeat_seconds=self._heartbeat_seconds)
            stream = StreamingResponse(frames, headers=HEADERS, media_type="text/event-stream")
            await stream(scope, receive, _hurried(send))


def _listened(request: Request) -> tuple[str, Private | None]:
    """The topic, and, where not everybody may see it, what this listener reads."""
    path = request.url.path
    if topic := live(path):
        return topic, None
    resource, apart = path.removesuffix("/stream"), PRIVATE[path]
    address = f"{resource}?{request.url.query}"
    private = Private(address, request.headers.get("authorization", ""))
    return f"{resource}?{apart}={request.query_params.get(apart, '')}", private


def _hurried(send: Send) -> Send:
    """Raises `ClientGone` when the listener takes nothing any more: it would keep its place for ever."""

    async def hurried(message: Message) -> None:
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await send(message)
        except TimeoutError:
            raise ClientGone from None

    return hurried


class Apart:
    """Streams have a front of their own: the other one's time limit and metrics are not for them."""

    def __init__(self, live: ASGIApp, rest: ASGIApp) -> None:
        self._live, self._rest = live, rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"] if scope["type"] == "http" and scope["method"] == "GET" else ""
        streams = live(path) or path in PRIVATE
        await (self._live if streams else self._rest)(scope, receive, send)
