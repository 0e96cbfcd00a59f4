"""The load: clients that each send a request, read the whole answer, and send the next one at once.

One thread, one `epoll`, prepared bytes: some 20 µs of CPU per request, the kernel included, so that it hardly takes the
cores from those it measures. It shows what it cost (`Round.cpu`), and the table shows that beside what it measured.
"""

from __future__ import annotations

import itertools
import selectors
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from services.local.ports import LOOPBACK

PATIENCE_SECONDS = 30.0
ROUND_SECONDS = 2.5
HEADERS_END = b"\r\n\r\n"
LENGTH = b"content-length: "
CODE = b'"code":"'
OK = frozenset({"200", "201", "304"})


class Answer(NamedTuple):
    """`code`: the status, or the code of the problem document. Times in seconds of `perf_counter`."""

    began: float
    ended: float
    code: str
    size: int


@dataclass(frozen=True)
class Round:
    """What came of one round. `cpu`: seconds that the clients themselves took."""

    answers: list[Answer]
    cpu: float

    @property
    def seconds(self) -> float:
        return max(answer.ended for answer in self.answers) - min(answer.began for answer in self.answers)

    @property
    def per_second(self) -> float:
        return len(self.answers) / self.seconds

    @property
    def codes(self) -> Counter[str]:
        return Counter(answer.code for answer in self.answers)

    def milliseconds(self, share: float) -> float:
        """The latency that this share of the answers kept."""
        latencies = sorted(answer.ended - answer.began for answer in self.answers)
        return latencies[min(len(latencies) - 1, int(len(latencies) * share))] * 1000

    def only(self, code: str) -> Round:
        """Itself, when every answer had this code: a fast refusal is no booking."""
        if set(self.codes) != {code}:
            raise WrongAnswers(f"every answer should have been {code}: {dict(self.codes)}")
        return self


class WrongAnswers(Exception):
    """The system did not do what was measured."""


class Client:
    """One connection."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection((LOOPBACK, port), PATIENCE_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self._received = b""
        self._began = 0.0

    def send(self, request: bytes) -> None:
        self._received = b""
        self._began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> Answer | None:
        """The answer, once all of it is there."""
        piece = self.socket.recv(65_536)
        if not piece:
            raise WrongAnswers("the connection was closed")
        received = self._received = self._received + piece if self._received else piece
        end = received.find(HEADERS_END)
        size = _length(received, end) if end > 0 else 0
        if end < 0 or len(received) < end + len(HEADERS_END) + size:
            return None
        return Answer(self._began, time.perf_counter(), _code(received), size)


def _length(received: bytes, end: int) -> int:
    at = received.find(LENGTH, 0, end)
    return int(received[at + len(LENGTH) : received.index(b"\r", at)]) if at > 0 else 0


def _code(received: bytes) -> str:
    status = received[9:12].decode()
    at = -1 if status in OK else received.find(CODE)
    return received[at + len(CODE) : received.index(b'"', at + len(CODE))].decode() if at > 0 else status


def ignore(_request: bytes, _answer: Answer) -> None:
    """Nobody waits for the single answers."""


def capped(requests: Iterator[bytes]) -> Iterator[bytes]:
    """As many of them as begin in the first seconds: on a slow machine a round is short rather than long."""
    until = time.perf_counter() + ROUND_SECONDS
    return itertools.takewhile(lambda _: time.perf_counter() < until, requests)


def run(
    port: int, requests: Iterator[bytes], *, clients: int, answered: Callable[[bytes, Answer], None] = ignore
) -> Round:
    """Sends the requests. `answered` hears of each answer before the client takes its next request."""
    started = time.process_time()
    answers: list[Answer] = []
    with selectors.DefaultSelector() as selector:
        waiting = _begin(selector, port, requests, clients)
        while waiting:
            for client in _readable(selector):
                answer = client.receive()
                if answer is None:
                    continue
                answers.append(answer)
                answered(waiting[client], answer)
                _go_on(selector, client, requests, waiting)
    return Round(answers, time.process_time() - started)


def _begin(selector: selectors.BaseSelector, port: int, requests: Iterator[bytes], clients: int) -> dict[Client, bytes]:
    """All connections first, then the first request of each."""
    waiting: dict[Client, bytes] = {}
    for client in [Client(port) for _ in range(clients)]:
        selector.register(client.socket, selectors.EVENT_READ, client)
        _go_on(selector, client, requests, waiting)
    return waiting


def _readable(selector: selectors.BaseSelector) -> list[Client]:
    ready = selector.select(PATIENCE_SECONDS)
    if not ready:
        raise WrongAnswers(f"no answer within {PATIENCE_SECONDS:.0f} s")
    return [key.data for key, _ in ready]


def _go_on(
    selector: selectors.BaseSelector, client: Client, requests: Iterator[bytes], waiting: dict[Client, bytes]
) -> None:
    """The next request, or the end of this client."""
    request = next(requests, None)
    if request is None:
        waiting.pop(client, None)
        selector.unregister(client.socket)
        client.socket.close()
    else:
        waiting[client] = request
        client.send(request)
