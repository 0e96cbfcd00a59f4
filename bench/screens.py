"""(i) The board: from the press of a desk to 500 screens, each a stream of its own."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, field

from bench import day
from bench.day import Desk
from bench.sizes import Size
from bench.system import Failed, System
from services.local.ports import LOOPBACK

CENTRE, WAITING = "bench-hall", 100
PACE_SECONDS = 0.1
PATIENCE_SECONDS = 10.0
STREAM = f"GET /api/v1/centres/{CENTRE}/board/stream HTTP/1.1\r\nhost: vizyt\r\n\r\n".encode()


@dataclass(frozen=True)
class Delays:
    """Milliseconds from the sending of a call to its ticket on a screen; `answer`: to the desk's own answer."""

    p50: float
    p99: float
    answer_p50: float
    shown: int


def measure(system: System, size: Size) -> Delays:
    """A call every tenth of a second; every screen must show every one of them."""
    day.line(system, system.database("booking"), CENTRE, WAITING)
    return asyncio.run(_measure(system.port, day.administrator(system, CENTRE), size))


@dataclass
class Screen(asyncio.Protocol):
    """Notes when what arrived; it is looked at afterwards."""

    pieces: list[tuple[float, bytes]] = field(default_factory=list)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(STREAM)

    def data_received(self, data: bytes) -> None:
        self.pieces.append((time.perf_counter(), data))

    def shown_at(self, ticket: int) -> float | None:
        """When it was first shown at a desk: the calls stand before the line."""
        wanted = b'{"ticket":%d,' % ticket
        return next((at for at, data in self.pieces if wanted in data), None)


async def _measure(port: int, token: str, size: Size) -> Delays:
    loop = asyncio.get_running_loop()
    opened = [await loop.create_connection(Screen, LOOPBACK, port) for _ in range(size.screens)]
    screens = [screen for _, screen in opened]
    await _until(screens, b"data: ")
    desk = await Desk.open(port, token)
    sent: dict[int, float] = {}
    answers = []
    for number in range(1, size.shown_calls + 1):
        visit, answer = await desk.post(f"/api/v1/desks/{CENTRE}-{number}/call")
        sent[visit["ticket"]] = answer.began
        answers.append((answer.ended - answer.began) * 1000)
        await asyncio.sleep(PACE_SECONDS)
    await _until(screens, b'{"ticket":%d,' % max(sent))
    desk.close()
    for transport, _ in opened:
        transport.close()
    return _delays(screens, sent, answers)


async def _until(screens: list[Screen], wanted: bytes) -> None:
    """Returns when all have received that. Raises `Failed`."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not all(any(wanted in data for _, data in screen.pieces[-3:]) for screen in screens):
        if time.monotonic() > deadline:
            raise Failed(f"not every screen shows {wanted!r}")
        await asyncio.sleep(0.05)


def _delays(screens: list[Screen], sent: dict[int, float], answers: list[float]) -> Delays:
    found = [(screen.shown_at(ticket), began) for screen in screens for ticket, began in sent.items()]
    delays = sorted((at - began) * 1000 for at, began in found if at is not None)
    if len(delays) != len(found):
        raise Failed(f"{len(found) - len(delays)} of {len(found)} were never shown")
    middle = sorted(answers)[len(answers) // 2]
    return Delays(delays[len(delays) // 2], delays[int(len(delays) * 0.99)], middle, len(delays))
