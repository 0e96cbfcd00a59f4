"""Listeners of server-sent events on bare sockets: hundreds of them cost a test little."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from services.testing import eventually


class Screen:
    """One connection. `ids` and `states` are what it was sent; `ended` once the stream has an end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.ids: list[int] = []
        self.states: list[bytes] = []
        self.comments, self.ended = 0, False
        self._task: asyncio.Task[None] | None = None

    def read(self) -> None:
        """From now on it takes what it is sent."""
        self._task = asyncio.create_task(self._read())

    async def _read(self) -> None:
        while line := await self._reader.readline():
            if line.startswith(b"id: "):
                self.ids.append(int(line[4:]))
            elif line.startswith(b"data: "):
                self.states.append(line[6:-1])
            elif line == b":\n":
                self.comments += 1
            elif line == b"0\r\n":
                self.ended = True

    async def shows(self, number: int) -> bool:
        return bool(self.states) and self.ids[-1] == number

    async def shown(self, number: int) -> None:
        """Returns when this state is the last one."""
        await eventually(lambda: self.shows(number), seconds=20)

    async def finished(self) -> bool:
        return self.ended

    async def close(self) -> None:
        if self._task:
            self._task.cancel()
            await asyncio.wait([self._task])
        self._writer.transport.abort()


async def opened(url: str, *, limit: int = 1 << 22, **headers: str) -> Screen:
    """Reads up to the end of the head, which must be a 200."""
    parts = urlsplit(url)
    reader, writer = await asyncio.open_connection(parts.hostname, parts.port, limit=limit)
    more = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    target = f"{parts.path}?{parts.query}" if parts.query else parts.path
    writer.write(f"GET {target} HTTP/1.1\r\nhost: x\r\n{more}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 "), head
    return Screen(reader, writer)


@asynccontextmanager
async def screens(url: str, count: int = 1, **headers: str) -> AsyncIterator[list[Screen]]:
    """So many, all reading."""
    several = await asyncio.gather(*(opened(url, **headers) for _ in range(count)))
    for screen in several:
        screen.read()
    try:
        yield several
    finally:
        for screen in several:
            await screen.close()


async def all_show(several: Iterable[Screen], number: int) -> None:
    """Returns when this state is the last one on every screen."""

    async def shown() -> bool:
        return all(screen.ids and screen.ids[-1] == number for screen in several)

    await eventually(shown, seconds=20)
