"""The rules of pauses, on values."""

from datetime import UTC, datetime, timedelta

import pytest

from booking_svc.pauses.domain import NAMES, Pause, Paused, Reason, stops, touches
from services.errors import LANGUAGES

TEN = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
GRACE = timedelta(minutes=15)


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@pytest.mark.parametrize(
    ("reason", "shelter", "stopped"),
    [
        (Reason.AIR_RAID, False, True),
        (Reason.AIR_RAID, True, False),
        (Reason.POWER, True, True),
        (Reason.OTHER, True, True),
    ],
)
def test_only_an_alert_leaves_the_shelters_working(reason: Reason, shelter: bool, stopped: bool) -> None:
    """Without power they stop like all others."""
    assert stops(reason, shelter=shelter) is stopped


@pytest.mark.parametrize(
    ("since", "ended", "touched"),
    [
        (-30, 0, False),  # over at the very beginning
        (-30, 0.01, True),
        (-30, 60, True),
        (5, 6, True),
        (15, 60, True),  # at the last instant to check in
        (15.01, 60, False),
    ],
)
def test_a_pause_touches_a_time_that_it_shares_an_instant_with(since: float, ended: float, touched: bool) -> None:
    """From the beginning of the visit to the last instant to check in, both included."""
    pause = Pause(Reason.POWER, TEN + minutes(since), TEN + minutes(ended))
    assert touches(pause, TEN, TEN + GRACE, now=TEN + timedelta(days=1)) is touched


def test_a_pause_that_is_on_touches_only_what_has_begun() -> None:
    """Nobody knows how long it will last: a visit in the afternoon may still take place."""
    pause = Pause(Reason.AIR_RAID, TEN - minutes(60))
    assert not touches(pause, TEN, TEN + GRACE, now=TEN - minutes(0.01))
    assert touches(pause, TEN, TEN + GRACE, now=TEN)


def test_a_pause_that_began_after_a_time_does_not_touch_it() -> None:
    """However long it lasts."""
    assert not touches(Pause(Reason.POWER, TEN + minutes(16)), TEN, TEN + GRACE, now=TEN + minutes(60))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("reason", list(Reason))
def test_the_refusal_says_since_when_and_why(reason: Reason, language: str) -> None:
    """In the reader's language, with the time of day as it was given."""
    problem = Paused(reason, TEN).document(language)
    assert "10:00" in problem["detail"]
    assert NAMES[reason][language] in problem["detail"]
    assert (problem["reason"], problem["since"]) == (reason, TEN.isoformat())
