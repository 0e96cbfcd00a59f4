"""Lines out of a stream of bytes, in constant memory."""

from __future__ import annotations

from collections.abc import AsyncIterator

MAX_LINE_BYTES = 64 * 1024


async def lines_of(pieces: AsyncIterator[bytes]) -> AsyncIterator[list[bytes | None]]:
    """The whole lines of each piece, without their ends; None for one that is too long to be kept. A last line needs
    no end.
    """
    rest, too_long = b"", False
    async for piece in pieces:
        *whole, rest = (rest + piece).split(b"\n")
        found: list[bytes | None] = [line if len(line) <= MAX_LINE_BYTES else None for line in whole]
        if too_long and found:
            found[0], too_long = None, False
        if len(rest) > MAX_LINE_BYTES:
            rest, too_long = b"", True
        if found:
            yield found
    if rest or too_long:
        yield [None if too_long or len(rest) > MAX_LINE_BYTES else rest]
