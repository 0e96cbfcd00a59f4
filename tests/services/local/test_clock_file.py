"""The clock of a local run: shifted, running on, never back."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.clock import ShiftedClock
from services.local import clock_file
from services.local.clock_file import NeverBack
from services.local.home import Home
from services.local.trouble import BadOption, Trouble

NEARLY = timedelta(seconds=2)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("9m50s", timedelta(minutes=9, seconds=50)),
        ("7h", timedelta(hours=7)),
        ("35d", timedelta(days=35)),
        ("1d2h", timedelta(days=1, hours=2)),
        ("10m", timedelta(minutes=10)),
        ("0s", timedelta()),
        ("90s", timedelta(seconds=90)),
    ],
)
def test_durations_are_written_in_days_hours_minutes_seconds(text: str, duration: timedelta) -> None:
    """Larger units first, any of them left out."""
    assert clock_file.parse_duration(text) == duration


@pytest.mark.parametrize("text", ["", "5", "h", "-5m", "5m 3s", "3s5m", "1.5h", "10min", "9999999999999999999d"])
def test_what_is_no_duration_is_refused(text: str) -> None:
    """With an example of how to write it."""
    with pytest.raises(BadOption):
        clock_file.parse_duration(text)


def test_a_time_without_offset_is_kyiv_time() -> None:
    """Winter time in November, summer time in July."""
    assert clock_file.parse_time("2026-11-25T08:00") == datetime(2026, 11, 25, 6, tzinfo=UTC)
    assert clock_file.parse_time("2026-07-25T08:00") == datetime(2026, 7, 25, 5, tzinfo=UTC)
    assert clock_file.parse_time("2026-11-25T08:00Z") == datetime(2026, 11, 25, 8, tzinfo=UTC)


def test_a_time_is_shown_with_kyivs_offset_to_the_second() -> None:
    """One ISO time."""
    assert clock_file.show(datetime(2026, 11, 25, 6, 0, 0, 999, tzinfo=UTC)) == "2026-11-25T08:00:00+02:00"


def test_a_service_that_runs_already_sees_a_change_at_its_next_reading(home: Home) -> None:
    """The file stays the same one, for every service has it mapped."""
    clock_file.ensure(home)
    service = ShiftedClock(home.clock_file)
    clock_file.advance(home, timedelta(days=35))
    assert abs(service.now() - datetime.now(UTC) - timedelta(days=35)) < NEARLY
    clock_file.set_time(home, datetime(2099, 1, 1, tzinfo=UTC))
    assert abs(service.now() - datetime(2099, 1, 1, tzinfo=UTC)) < NEARLY


def test_time_never_goes_back(home: Home) -> None:
    """An earlier time is refused and changes nothing."""
    later = clock_file.advance(home, timedelta(hours=7))
    with pytest.raises(NeverBack):
        clock_file.set_time(home, later - timedelta(minutes=1))
    assert clock_file.now(home) >= later


def test_the_shift_is_kept_in_the_data_folder(home: Home) -> None:
    """A second run goes on from there."""
    later = clock_file.advance(home, timedelta(days=3))
    clock_file.ensure(home)
    assert abs(clock_file.now(home) - later) < NEARLY


def test_an_empty_data_folder_begins_at_the_time_of_the_environment(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`VIZYT_CLOCK` counts only once, also for a time that is past; a folder with a clock keeps its own."""
    monkeypatch.setenv("VIZYT_CLOCK", "2026-01-05T05:59")
    assert abs(clock_file.now(home) - datetime(2026, 1, 5, 3, 59, tzinfo=UTC)) < NEARLY
    clock_file.ensure(home)
    monkeypatch.setenv("VIZYT_CLOCK", "2030-01-01T00:00")
    clock_file.ensure(home)
    assert abs(clock_file.now(home) - datetime(2026, 1, 5, 3, 59, tzinfo=UTC)) < NEARLY


def test_the_end_of_the_calendar_is_refused_and_leaves_the_clock_as_it_is(home: Home) -> None:
    """Instead of a clock that no service can read any more."""
    with pytest.raises(Trouble):
        clock_file.advance(home, timedelta(days=3_000_000))
    assert abs(clock_file.now(home) - datetime.now(UTC)) < NEARLY
