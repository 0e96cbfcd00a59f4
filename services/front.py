"""What stands around every app, as one ASGI layer: trace, body limit, time limit, security headers, metrics.

Problems leave as RFC 9457 documents in the caller's language. Nothing here reads or logs a body.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import orjson
import structlog
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services import telemetry
from services.db import unreachable, unstorable
from services.errors import (
    Forbidden,
    InvalidRequest,
    MethodNotAllowed,
    NotFound,
    Problem,
    TooLarge,
    Unauthenticated,
    Unavailable,
)
from services.language import choose

log = structlog.get_logger()
BODILESS = frozenset({"GET", "OPTIONS"})
HEADERS = (
    (b"cache-control", b"no-store"),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
)


class ClientGone(Exception):
    """The client closed the connection while it sent its body."""


class Front:
    """`body_limits`: path → bytes where another limit than `max_body_bytes` holds; None: the app reads it itself, piece
    by piece, for `stream_seconds`.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        service: str,
        timeout_seconds: float,
        max_body_bytes: int,
        body_limits: Mapping[str, int | None],
        stream_seconds: float | None = None,
    ) -> None:
        self._app, self._service = app, service
        self._timeout_seconds = timeout_seconds
        self._max_body_bytes, self._body_limits = max_body_bytes, body_limits
        self._stream_seconds = stream_seconds or timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if scope["method"] == "HEAD":  # RFC 9110 §9.3.2: as GET; the server leaves the body out
            scope = {**scope, "method": "GET"}
        started = time.perf_counter()
        telemetry.start_trace(_header(scope, b"traceparent"))
        answer = _Answer(send)
        try:
            await _guarded(self._answer, scope, receive, answer)
        finally:
            way = "edge" if "vizyt.edge" in scope.get("extensions", {}) else "http"
            telemetry.REQUESTS.labels(self._service, way, str(answer.status)).inc()
            telemetry.LATENCY.labels(self._service, way).observe(time.perf_counter() - started)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with asyncio.timeout(self._seconds_left(scope)):
            if scope["method"] not in BODILESS:
                receive = await self._bounded(scope, receive)
            await self._app(scope, receive, send)

    def _seconds_left(self, scope: Scope) -> float:
        """Nobody waits longer than the gateway does."""
        hop = scope.get("extensions", {}).get("vizyt.edge")
        if hop is None and self._body_limits.get(scope["path"], 0) is None:
            return self._stream_seconds
        return min(self._timeout_seconds, hop["deadline"] - time.time()) if hop else self._timeout_seconds

    async def _bounded(self, scope: Scope, receive: Receive) -> Receive:
        """The whole body, read before the app starts; raises `TooLarge` as soon as it is known."""
        limit = self._body_limits.get(scope["path"], self._max_body_bytes)
        if limit is None:
            return receive
        declared = _header(scope, b"content-length")
        if declared and declared.isdecimal() and int(declared) > limit:
            raise TooLarge(limit_bytes=limit)
        return _replay(await _body(receive, limit), receive)


class Hot:
    """Answers the hot routes past the app's own layers; the app knows them too, for 405 and its other methods."""

    def __init__(self, app: ASGIApp, *, routes: Iterable[Route]) -> None:
        self._app = app
        self._endpoints = {(method, route.path): route.endpoint for route in routes for method in route.methods or ()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        endpoint = scope["type"] == "http" and self._endpoints.get((scope["method"], scope["path"]))
        if endpoint:
            response: Response = await endpoint(Request(scope, receive, send))
            await response(scope, receive, send)
        else:
            await self._app(scope, receive, send)


class Caught:
    """For an app whose own outermost layer would answer a crash in plain text: problems leave as documents before."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await _guarded(self._app, scope, receive, _Answer(send))
        else:
            await self._app(scope, receive, send)


async def _guarded(app: ASGIApp, scope: Scope, receive: Receive, answer: _Answer) -> None:
    try:
        await app(scope, receive, answer)
    except (ClientGone, ClientDisconnect):
        return
    except Exception as error:
        if answer.status:
            raise  # too late for another answer: the connection breaks
        await (await _answer(Request(scope), error))(scope, receive, answer)


async def _body(receive: Receive, limit: int) -> bytes:
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] != "http.request":
            raise ClientGone
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limit:
            raise TooLarge(limit_bytes=limit)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    given = False

    async def replay() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replay


class _Answer:
    """Adds the headers that every answer has, and remembers the status."""

    def __init__(self, send: Send) -> None:
        self._send, self.status = send, 0

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = message.get("headers", [])
            given = {name for name, _ in headers}
            message = {**message, "headers": [*headers, *(pair for pair in HEADERS if pair[0] not in given)]}
        await self._send(message)


def _header(scope: Scope, wanted: bytes) -> str | None:
    for name, value in scope["headers"]:
        if name == wanted:
            return bytes(value).decode("latin-1")
    return None


def as_problem(error: Exception, scope: Scope) -> Problem:
    """What the caller is told about any exception: never a stack trace."""
    if isinstance(error, Problem):
        return error
    if unreachable(error):
        log.warning("request.unavailable", error=telemetry.kind(error))
        return Unavailable()
    if unstorable(error):
        return InvalidRequest.field("body", "holds a character that cannot be kept")
    log.error(
        "request.crashed", method=scope["method"], route=_route(scope), error=telemetry.kind(error), exc_info=error
    )
    return Problem()


def _route(scope: Scope) -> str | None:
    """The pattern of the address, not the address: that may name a person."""
    return getattr(scope.get("route"), "path", None)


def problem_response(problem: Problem, scope: Scope) -> Response:
    language = choose(scope)
    headers = {"content-language": language, "cache-control": "no-store"}
    if problem.retry_after is not None:
        headers["retry-after"] = str(problem.retry_after)
    if problem.status == 401:
        headers["www-authenticate"] = "Bearer"
    document = {**problem.document(language), "trace_id": telemetry.trace_id()}
    return Response(orjson.dumps(document), problem.status, headers, "application/problem+json")


async def _answer(request: Request, error: Exception) -> Response:
    response = problem_response(_translated(error, request.scope), request.scope)
    if isinstance(error, HTTPException):
        response.headers.update(error.headers or {})  # a 405 names the methods that are allowed
    return response


PROBLEM_HANDLERS: dict[Any, Any] = dict.fromkeys((Problem, RequestValidationError, HTTPException), _answer)
"""For the apps' own exception layer."""


def _translated(error: Exception, scope: Scope) -> Problem:
    if isinstance(error, RequestValidationError):
        return InvalidRequest([invalid_field(item) for item in error.errors()])
    if isinstance(error, HTTPException):
        if kind := KINDS.get(error.status_code):
            return kind()
        return Problem() if error.status_code >= 500 else InvalidRequest.field("body", "cannot be read")
    return as_problem(error, scope)


KINDS: dict[int, Callable[[], Problem]] = {
    401: Unauthenticated,
    403: Forbidden,
    404: NotFound,
    405: MethodNotAllowed,
    503: Unavailable,
}
MAX_NAME = 100
PARTS = {("body",), ("query",), ("path",), ("header",)}


def invalid_field(error: Any) -> dict[str, str]:
    """Where and why, without the value that was sent: it may be personal data."""
    if error["type"] == "json_invalid":
        return {"field": "body", "reason": "is not valid JSON"}
    loc = error["loc"][1:] if error["loc"][:1] in PARTS else error["loc"]
    place = ".".join(str(part) for part in loc)
    reason: str = error["msg"].removeprefix("Value error, ")
    if error["type"] == "union_tag_invalid":
        reason = f"Input should be {error['ctx']['expected_tags']}"  # the message would repeat what was sent
    return {"field": place[:MAX_NAME] or "body", "reason": reason}
