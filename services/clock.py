"""The one clock: every rule and every statement takes its time from here, never from the database.

In local runs the clock can be shifted (`./vizyt clock`); all processes share the shift through one small
memory-mapped file, so a change is seen by every service at the next reading.
"""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

SHIFT = struct.Struct("<q")
"""The file's whole content: microseconds to add to the real time."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The present instant, timezone-aware, in UTC."""
        ...


class SystemClock:
    def now(self) -> datetime:
        return datetime.now(UTC)


class ShiftedClock:
    """Real time plus the shift that the file at `path` holds."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            self._map = mmap.mmap(file.fileno(), SHIFT.size, access=mmap.ACCESS_READ)

    def now(self) -> datetime:
        (microseconds,) = SHIFT.unpack(self._map)
        return datetime.now(UTC) + timedelta(microseconds=microseconds)


class FixedClock:
    """A clock that moves only when told: for tests."""

    def __init__(self, time: datetime) -> None:
        self.time = time

    def now(self) -> datetime:
        return self.time

    def advance(self, by: timedelta) -> None:
        self.time += by


def open_clock(file: Path | None) -> Clock:
    return ShiftedClock(file) if file else SystemClock()
