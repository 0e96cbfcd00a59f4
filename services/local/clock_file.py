"""The shift of the local run's clock: `services.clock` says what the file holds, the `clock` commands write it.

The file is written in place and never replaced, because every service has it mapped.
"""

import fcntl
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from services.clock import SHIFT
from services.local.home import Home
from services.local.trouble import BadOption, Trouble

KYIV = ZoneInfo("Europe/Kyiv")
UNITS = {"d": "days", "h": "hours", "m": "minutes", "s": "seconds"}
DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m)?(?:(\d+)s)?")
MICROSECOND = timedelta(microseconds=1)


class NeverBack(Trouble):
    """Time only runs forward."""


def parse_duration(text: str) -> timedelta:
    """`9m50s`, `7h`, `35d`, `1d2h`: at least one part, larger units first."""
    match = DURATION.fullmatch(text.strip())
    if not match or not any(match.groups()):
        raise BadOption(f"not a duration: {text!r}; write it like 9m50s, 7h, 35d or 1d2h")
    try:
        parts = {unit: int(n) for unit, n in zip(UNITS.values(), match.groups(), strict=True) if n}
        return timedelta(**parts)
    except OverflowError:
        raise BadOption(f"too long: {text}") from None


def parse_time(text: str) -> datetime:
    """An ISO time; without an offset it is Kyiv's."""
    try:
        time = datetime.fromisoformat(text.strip())
    except ValueError:
        raise BadOption(f"not an ISO time: {text!r}; write it like 2026-11-25T08:00 or …T08:00+02:00") from None
    return time if time.tzinfo else time.replace(tzinfo=KYIV)


def show(time: datetime) -> str:
    """ISO with Kyiv's offset, to the second."""
    return time.astimezone(KYIV).isoformat(timespec="seconds")


def now(home: Home) -> datetime:
    """The run's time, also when nothing runs yet."""
    if home.clock_file.exists():
        return _shifted(home.clock_file.read_bytes())
    return datetime.now(UTC) + _initial_shift()


def ensure(home: Home) -> None:
    """Makes the file of an empty data folder, with the time of `VIZYT_CLOCK` if that is set."""
    shift = SHIFT.pack(_initial_shift() // MICROSECOND)
    fresh = home.path / f".clock.{os.getpid()}"
    fresh.write_bytes(shift)
    try:
        os.link(fresh, home.clock_file)
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def set_time(home: Home, time: datetime) -> datetime:
    """Moves the clock to `time`. Raises `NeverBack`."""
    with _open(home) as file:
        present = _shifted(os.pread(file, SHIFT.size, 0))
        if time < present:
            raise NeverBack(f"time never goes back: it is {show(present)} already")
        return _write(file, time - datetime.now(UTC))


def advance(home: Home, by: timedelta) -> datetime:
    """Moves the clock forward and returns the new time."""
    with _open(home) as file:
        (microseconds,) = SHIFT.unpack(os.pread(file, SHIFT.size, 0))
        return _write(file, timedelta(microseconds=microseconds) + by)


@contextmanager
def _open(home: Home) -> Iterator[int]:
    """The file, locked against another command."""
    ensure(home)
    file = os.open(home.clock_file, os.O_RDWR)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _write(file: int, shift: timedelta) -> datetime:
    try:
        time = datetime.now(UTC) + shift
        time.astimezone(KYIV)
        os.pwrite(file, SHIFT.pack(shift // MICROSECOND), 0)
    except OverflowError:
        raise Trouble("that is beyond the year 9999") from None
    os.fsync(file)
    return time


def _shifted(content: bytes) -> datetime:
    (microseconds,) = SHIFT.unpack(content)
    return datetime.now(UTC) + timedelta(microseconds=microseconds)


def _initial_shift() -> timedelta:
    wanted = os.environ.get("VIZYT_CLOCK")
    return parse_time(wanted) - datetime.now(UTC) if wanted else timedelta()
