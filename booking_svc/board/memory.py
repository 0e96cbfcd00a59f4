"""Boards and waits as this process knows them: a board is read from the database once per change, whoever asks."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

import orjson

from booking_svc.board.domain import Hours
from services.batching import Batcher
from services.clock import Clock

READ_AT_ONCE = 500


@dataclass(frozen=True)
class Board:
    """The board of a centre but for the present time: `rest` is its JSON after that. Another one from `until` on."""

    centre: str
    zone: ZoneInfo
    version: int
    rest: bytes
    until: datetime

    def body(self, now: datetime) -> bytes:
        return b'{"now":"%b",%b' % (now.astimezone(self.zone).isoformat().encode(), self.rest)


Read = Callable[[list[str]], Awaitable[Sequence[Board]]]
"""Gives the boards of these centres, in their order, as they are in the database."""


class Boards:
    """Hears which boards changed, and forgets them; reads what is asked for, together with what others ask for."""

    def __init__(self, read: Read, clock: Clock) -> None:
        self._read, self._clock = read, clock
        self._versions: dict[str, int] = {}
        self._boards: dict[str, Board] = {}
        self._news: set[str] = set()
        self._wake = asyncio.Event()
        self._batcher: Batcher[str, Board] = Batcher(self._read_stale, key=str, max_size=READ_AT_ONCE, workers=1)

    def heard(self, payload: str) -> None:
        """A notice of the database: this centre has this version now."""
        centre, version = orjson.loads(payload)
        self._versions[centre] = max(version, self._versions.get(centre, 0))
        self._doubt([centre])

    def begin(self) -> None:
        """Notices may have been missed before."""
        self._doubt({*self._versions, *self._boards})
        self._boards.clear()

    def _doubt(self, centres: Iterable[str]) -> None:
        self._news.update(centres)
        self._wake.set()

    async def news(self, *, seconds: float) -> set[str]:
        """The centres whose boards changed since the last time, waiting for some so long at most."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        self._wake.clear()
        news, self._news = self._news, set()
        return news

    async def of(self, centre: str) -> Board:
        """The board as it is now. Raises what the database raised."""
        return self._held(centre) or await self._batcher.do(centre)

    async def all_of(self, centres: Sequence[str]) -> list[Board]:
        """Read with one statement, as far as they are not known."""
        found = await self._batcher.do_all(centres)
        if errors := [board for board in found if isinstance(board, BaseException)]:
            raise errors[0]
        return [board for board in found if isinstance(board, Board)]

    def _held(self, centre: str) -> Board | None:
        board = self._boards.get(centre)
        if board is None or board.version < self._versions.get(centre, 0) or self._clock.now() >= board.until:
            return None
        return board

    async def _read_stale(self, centres: list[str]) -> list[Board]:
        """Who waited meanwhile finds what the reading before theirs has brought."""
        stale = [centre for centre in centres if self._held(centre) is None]
        fresh = {board.centre: board for board in await self._read(stale)} if stale else {}
        self._boards |= fresh
        return [fresh.get(centre) or self._boards[centre] for centre in centres]


class Waits:
    """The estimates of one day by queue. They are made of days that are over, so they hold all day."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[date, Hours]] = {}

    def missing(self, queues: Sequence[str], day: date) -> list[str]:
        return [queue for queue in queues if self._known.get(queue, (None,))[0] != day]

    def keep(self, hours: Mapping[str, Hours], day: date) -> None:
        self._known |= {queue: (day, known) for queue, known in hours.items()}

    def of(self, queue: str, day: date) -> Hours:
        known, hours = self._known.get(queue, (None, {}))
        return hours if known == day else {}
