"""Lines out of pieces of any size."""

from __future__ import annotations

from collections.abc import AsyncIterator

from hypothesis import given
from hypothesis import strategies as st

from feedback_svc.imports.lines import MAX_LINE_BYTES, lines_of


async def pieces(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


async def read(*parts: bytes) -> list[bytes | None]:
    return [line async for some in lines_of(pieces(*parts)) for line in some]


@given(st.lists(st.binary(max_size=20)), st.integers(1, 9))
async def test_lines_are_the_same_however_they_come(lines: list[bytes], size: int) -> None:
    """In pieces of any size; a last line needs no end."""
    whole = b"\n".join(lines)
    expected = whole.split(b"\n") if whole else []
    if expected and not expected[-1]:
        expected.pop()
    assert await read(*(whole[at : at + size] for at in range(0, len(whole), size))) == expected


async def test_a_line_that_is_too_long_is_passed_over() -> None:
    """In one piece or in many; the next line is read as ever, and nothing of it is kept."""
    long = b"x" * (MAX_LINE_BYTES + 1)
    assert await read(long + b"\ntwo\n") == [None, b"two"]
    assert await read(b"one\n" + long, long, b"\ntwo") == [b"one", None, b"two"]
    assert await read(long, long) == [None]
