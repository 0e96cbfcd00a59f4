"""The gateway's hop: a bounded HTTP exchange travels as one NATS request and is handed to the same app as ASGI.

Both sides are here. A message is 4 bytes with the length of its head, the head as JSON, then the body raw.
"""

from __future__ import annotations

import struct
import time
from typing import Any, NamedTuple

import orjson
import structlog
from starlette.types import ASGIApp, Message, Scope

from services import telemetry
from services.bus import Bus
from services.errors import Problem, Unavailable

log = structlog.get_logger()
LENGTH = struct.Struct(">I")
MAX_MESSAGE_BYTES = 8 * 1024 * 1024 - 4096
CARRIED = frozenset(
    b"accept accept-language authorization content-length content-type idempotency-key if-none-match last-event-id"
    b" traceparent user-agent x-forwarded-for".split()
)
"""Only these request headers travel."""

Headers = list[tuple[bytes, bytes]]


class Exchange(NamedTuple):
    """A request on its way: everything that the service's app needs, and when the caller stops waiting."""

    method: str
    path: str
    query: str
    headers: Headers
    body: bytes
    deadline: float  # seconds since 1970


class Answer(NamedTuple):
    status: int
    headers: Headers
    body: bytes


def encode_exchange(exchange: Exchange) -> bytes:
    head = [
        exchange.method,
        exchange.path,
        exchange.query,
        [[name.decode("latin-1"), value.decode("latin-1")] for name, value in exchange.headers if name in CARRIED],
        exchange.deadline,
    ]
    return _join(head, exchange.body)


def decode_exchange(message: bytes) -> Exchange:
    (method, path, query, headers, deadline), body = _split(message)
    return Exchange(method, path, query, _pairs(headers), body, deadline)


def encode_answer(answer: Answer) -> bytes:
    headers = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in answer.headers]
    return _join([answer.status, headers], answer.body)


def decode_answer(message: bytes) -> Answer:
    (status, headers), body = _split(message)
    return Answer(status, _pairs(headers), body)


def _join(head: Any, body: bytes) -> bytes:
    encoded = orjson.dumps(head)
    return LENGTH.pack(len(encoded)) + encoded + body


def _split(message: bytes) -> tuple[Any, bytes]:
    (length,) = LENGTH.unpack_from(message)
    return orjson.loads(message[4 : 4 + length]), message[4 + length :]


def _pairs(headers: list[list[str]]) -> Headers:
    return [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]


async def call(bus: Bus, service: str, exchange: Exchange) -> Answer:
    """The gateway's side. Raises `Unavailable` when nobody answers by the exchange's deadline."""
    timeout = max(0.0, exchange.deadline - time.time())
    message = await bus.request(f"edge.{service}", encode_exchange(exchange), timeout_seconds=timeout)
    if not message:
        raise Unavailable
    return decode_answer(message)


class Edge:
    """The service's side: hands exchanges to the app, at most `max_in_flight` at once."""

    def __init__(self, app: ASGIApp, *, max_in_flight: int) -> None:
        self._app, self._max = app, max_in_flight
        self._in_flight = 0

    async def start(self, bus: Bus, service: str) -> None:
        await bus.respond(f"edge.{service}", self.answer, group=service)

    async def answer(self, message: bytes) -> bytes:
        exchange = decode_exchange(message)
        if self._in_flight >= self._max or time.time() >= exchange.deadline:
            return encode_answer(_failure(b"unavailable"))
        self._in_flight += 1
        try:
            encoded = encode_answer(await run(self._app, exchange))
        except Exception as error:  # after the app had begun its answer: its front answers all others
            log.error("edge.answer_broken", error=telemetry.kind(error), exc_info=error)
            return encode_answer(_failure(b"internal"))
        finally:
            self._in_flight -= 1
        if len(encoded) > MAX_MESSAGE_BYTES:
            log.error("edge.answer_too_large", size_bytes=len(encoded))
            return encode_answer(_failure(b"internal"))
        return encoded


async def run(app: ASGIApp, exchange: Exchange) -> Answer:
    """One exchange through an ASGI app, in memory."""
    status, headers, chunks = 500, [], []
    received = False

    async def receive() -> Message:
        nonlocal received
        if received:
            return {"type": "http.disconnect"}
        received = True
        return {"type": "http.request", "body": exchange.body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, headers
        if message["type"] == "http.response.start":
            status, headers = message["status"], message["headers"]
        elif message["type"] == "http.response.body":
            chunks.append(message.get("body", b""))

    await app(_scope(exchange), receive, send)
    return Answer(status, list(headers), b"".join(chunks))


def _scope(exchange: Exchange) -> Scope:
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": exchange.method,
        "scheme": "http",
        "path": exchange.path,
        "raw_path": exchange.path.encode(),
        "query_string": exchange.query.encode("latin-1"),
        "root_path": "",
        "headers": exchange.headers,
        "client": None,
        "server": ("edge", 80),
        "extensions": {"vizyt.edge": {"deadline": exchange.deadline}},
    }


PROBLEMS: dict[bytes, type[Problem]] = {b"unavailable": Unavailable, b"internal": Problem}
PROBLEM_HEADER = b"x-vizyt-problem"


def _failure(code: bytes) -> Answer:
    """No answer of the app: the gateway writes the problem document in the caller's language."""
    return Answer(PROBLEMS[code].status, [(PROBLEM_HEADER, code)], b"")


def problem_of(answer: Answer) -> Problem | None:
    """The problem that the service's side met before or after its app, if there is one."""
    if answer.headers and answer.headers[0][0] == PROBLEM_HEADER:
        return PROBLEMS[answer.headers[0][1]]()
    return None
