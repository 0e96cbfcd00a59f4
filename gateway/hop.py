"""From HTTP to the services: one exchange as one NATS request (services/edge.py), or streamed over HTTP."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator
from functools import partial

import httpx
from starlette.types import Message, Receive, Scope, Send

from gateway.routes import Route, find
from gateway.settings import Settings
from gateway.shared import Shared
from services import edge, telemetry
from services.bus import Bus
from services.errors import NotFound, TooLarge, Unavailable
from services.front import BODILESS, ClientGone

HOP_BY_HOP = {
    b"connection",
    b"keep-alive",
    b"proxy-authenticate",
    b"proxy-authorization",
    b"proxy-connection",
    b"te",
    b"trailer",
    b"transfer-encoding",
    b"upgrade",
    b"host",
    b"expect",
}


class Hop:
    """An ASGI app: everything that is not the gateway's own."""

    def __init__(self, bus: Bus, settings: Settings) -> None:
        self._bus, self._urls = bus, settings.service_urls
        self._stream_seconds, self._max_stream = settings.stream_timeout_seconds, settings.max_stream_bytes
        self._max_in_flight = settings.max_in_flight
        self._in_flight: Counter[str] = Counter()
        self._shared = Shared()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        route = find(scope["path"])
        if route is None:
            raise NotFound
        if route.streamed:
            await self._stream(route, scope, receive, send)
        elif route.shared and scope["method"] == "GET":
            await _give(await self._shared.answer(scope, partial(self._carried, route, receive)), send)
        else:
            await _give(await self._carried(route, receive, scope), send)

    async def _carried(self, route: Route, receive: Receive, scope: Scope) -> edge.Answer:
        exchange = edge.Exchange(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=_headers(scope),
            body=await _whole(receive) if scope["method"] not in BODILESS else b"",
            deadline=time.time() + route.seconds(scope["method"]),
        )
        answer = await self._asked(route.service, exchange)
        if problem := edge.problem_of(answer):
            raise problem
        return answer

    async def _asked(self, service: str, exchange: edge.Exchange) -> edge.Answer:
        """At most so many wait for one service: a service that stands still must not fill the gateway."""
        if self._in_flight[service] >= self._max_in_flight:
            raise Unavailable
        self._in_flight[service] += 1
        try:
            return await edge.call(self._bus, service, exchange)
        finally:
            self._in_flight[service] -= 1

    async def _stream(self, route: Route, scope: Scope, receive: Receive, send: Send) -> None:
        base = self._urls.get(route.service)
        if base is None:
            raise Unavailable
        self._check_length(scope)
        url = httpx.URL(base).copy_with(raw_path=_target(scope))
        headers = [pair for pair in _headers(scope) if pair[0] not in HOP_BY_HOP]
        timeout = httpx.Timeout(self._stream_seconds, connect=2)
        try:
            async with (
                httpx.AsyncClient(timeout=timeout, trust_env=False) as client,
                client.stream(scope["method"], url, headers=headers, content=self._pieces(receive)) as response,
            ):
                await _pass_on(response, send)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise Unavailable from error

    def _check_length(self, scope: Scope) -> None:
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > self._max_stream:
            raise TooLarge(limit_bytes=self._max_stream)

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        size, more = 0, True
        while more:
            message = await _next(receive)
            size += len(message.get("body", b""))
            if size > self._max_stream:
                raise TooLarge(limit_bytes=self._max_stream)
            yield message.get("body", b"")
            more = message.get("more_body", False)


async def _give(answer: edge.Answer, send: Send) -> None:
    await send({"type": "http.response.start", "status": answer.status, "headers": answer.headers})
    await send({"type": "http.response.body", "body": answer.body})


async def _whole(receive: Receive) -> bytes:
    """The body: the front has read it already and gives it in one piece."""
    return bytes((await _next(receive)).get("body", b""))


async def _next(receive: Receive) -> Message:
    message = await receive()
    if message["type"] != "http.request":
        raise ClientGone
    return message


async def _pass_on(response: httpx.Response, send: Send) -> None:
    headers = [(name.lower(), value) for name, value in response.headers.raw if name.lower() not in HOP_BY_HOP]
    await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
    async for piece in response.aiter_raw():
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def _headers(scope: Scope) -> edge.Headers:
    """The caller's headers, with the trace and the caller's address as the gateway knows them."""
    client = scope.get("client")
    own = {b"traceparent": telemetry.traceparent().encode()}
    if client:
        own[b"x-forwarded-for"] = client[0].encode()
    return [pair for pair in scope["headers"] if pair[0] not in own] + list(own.items())


def _target(scope: Scope) -> bytes:
    query: bytes = scope["query_string"]
    path: bytes = scope.get("raw_path") or scope["path"].encode()
    return path.split(b"?")[0] + (b"?" + query if query else b"")
