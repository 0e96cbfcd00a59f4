"""One clock for all processes; a shift is seen at once and nobody asks the database for the time."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.clock import SHIFT, FixedClock, ShiftedClock, SystemClock, open_clock


def test_the_system_clock_gives_the_present_in_utc() -> None:
    """Aware, in UTC, and now."""
    now = SystemClock().now()
    assert now.tzinfo is UTC
    assert abs(now.timestamp() - time.time()) < 1


def test_without_a_file_the_clock_is_the_systems() -> None:
    """In production nothing can shift time."""
    assert isinstance(open_clock(None), SystemClock)


def test_a_written_shift_is_seen_by_a_clock_that_is_open_already(tmp_path: Path) -> None:
    """Processes read the shift through shared memory: the next reading has it."""
    file = tmp_path / "clock"
    file.write_bytes(SHIFT.pack(0))
    clock = open_clock(file)
    assert isinstance(clock, ShiftedClock)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
    for days in (35, -400, 0):
        with file.open("r+b") as shared:
            shared.write(SHIFT.pack(days * 24 * 3600 * 1_000_000))
        assert abs(clock.now() - datetime.now(UTC) - timedelta(days=days)) < timedelta(seconds=1)


def test_shifted_time_runs_on(tmp_path: Path) -> None:
    """The clock is shifted, not stopped."""
    file = tmp_path / "clock"
    file.write_bytes(SHIFT.pack(3_600_000_000))
    clock = ShiftedClock(file)
    earlier = clock.now()
    time.sleep(0.01)
    assert clock.now() - earlier >= timedelta(milliseconds=10)


def test_a_file_that_is_too_short_stops_the_start(tmp_path: Path) -> None:
    """Better no service than one with a wrong time."""
    (tmp_path / "clock").write_bytes(b"1234")
    with pytest.raises(ValueError):
        ShiftedClock(tmp_path / "clock")


def test_a_fixed_clock_moves_only_when_told() -> None:
    """What tests stand on."""
    clock = FixedClock(datetime(2026, 11, 24, 7, 0, tzinfo=UTC))
    assert clock.now() == clock.now()
    clock.advance(timedelta(minutes=5))
    assert clock.now() == datetime(2026, 11, 24, 7, 5, tzinfo=UTC)
