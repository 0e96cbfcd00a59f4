"""When a visitor may check in, and which steps a desk may take."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from booking_svc.bookings.domain import AlreadyCancelled, HoldExpired, Status
from booking_svc.visits import domain
from booking_svc.visits.domain import (
    CheckInTooEarly,
    CheckInTooLate,
    IdentityNotVerified,
    SkippedBefore,
    Today,
    TooFewCalls,
    Visit,
)
from services.errors import IllegalTransition

KYIV = ZoneInfo("Europe/Kyiv")
START = datetime(2026, 11, 24, 10, 0, tzinfo=KYIV)
DAY, GRACE = date(2026, 11, 24), timedelta(minutes=15)
EARLIER = START - timedelta(hours=1)


def visit(status: Status = Status.CONFIRMED, **more: object) -> Visit:
    return Visit(status, DAY, START, **more)  # type: ignore[arg-type]


def at(now: datetime) -> Today:
    return Today(now, now.astimezone(KYIV).date(), GRACE)


@pytest.mark.parametrize("now", [START.replace(hour=0), EARLIER, START, START + GRACE])
def test_check_in_is_possible_from_midnight_until_the_grace_ends(now: datetime) -> None:
    """The whole day before the time, and a quarter of an hour after it, the last instant included."""
    assert domain.check_in(visit(), at(now), exempt=False) is True


def test_check_in_before_the_day_is_too_early_and_names_the_day() -> None:
    """A microsecond before midnight of the centre's own clock."""
    with pytest.raises(CheckInTooEarly) as refusal:
        domain.check_in(visit(), at(START.replace(hour=0) - timedelta(microseconds=1)), exempt=False)
    assert refusal.value.fields == {"day": "2026-11-24"}
    assert "24.11.2026" in refusal.value.explain("uk")


def test_check_in_after_the_grace_is_too_late_and_says_until_when_it_was_possible() -> None:
    """A microsecond after it."""
    with pytest.raises(CheckInTooLate) as refusal:
        domain.check_in(visit(), at(START + GRACE + timedelta(microseconds=1)), exempt=False)
    assert refusal.value.fields == {"until": "2026-11-24T10:15:00+02:00"}
    assert "24.11.2026 10:15" in refusal.value.explain("pl")


def test_who_is_exempt_by_a_pause_may_come_late_on_the_day_itself_only() -> None:
    """The next day nobody would call them: they move to another time."""
    assert domain.check_in(visit(), at(START + timedelta(hours=5)), exempt=True) is True
    with pytest.raises(CheckInTooLate):
        domain.check_in(visit(), at(START + timedelta(days=1)), exempt=True)


@pytest.mark.parametrize("status", [Status.CONFIRMED, Status.CALLED, Status.SERVING])
def test_checking_in_again_changes_nothing(status: Status) -> None:
    """However late, and however far the visit has come."""
    assert domain.check_in(visit(status, checked_in_at=EARLIER), at(START + timedelta(hours=3)), exempt=False) is False


@pytest.mark.parametrize(
    ("status", "came", "refusal"),
    [
        (Status.HELD, False, IllegalTransition),
        (Status.CANCELLED, False, AlreadyCancelled),
        (Status.EXPIRED, False, HoldExpired),
        (Status.MISSED, False, CheckInTooLate),
        (Status.MISSED, True, IllegalTransition),
        (Status.FINISHED, True, IllegalTransition),
        (Status.REFUSED, True, IllegalTransition),
    ],
)
def test_only_a_confirmed_booking_is_checked_in(status: Status, came: bool, refusal: type[Exception]) -> None:
    """All else is told what became of the booking."""
    checked_in_at = EARLIER if came else None
    with pytest.raises(refusal):
        domain.check_in(visit(status, checked_in_at=checked_in_at), at(START), exempt=False)


@pytest.mark.parametrize("status", sorted(set(Status) - {Status.CALLED, Status.CANCELLED, Status.EXPIRED, Status.VOID}))
def test_only_a_called_visitor_is_recalled_verified_started_missed_or_skipped(status: Status) -> None:
    """From every other state these steps are refused."""
    there = visit(status, calls=3, verified_at=START)
    for step in (domain.recall, domain.verify, domain.start):
        with pytest.raises(IllegalTransition):
            step(there)
    with pytest.raises(IllegalTransition):
        domain.skip(there, now=START, following=None)
    with pytest.raises(IllegalTransition):
        domain.miss(there, calls_to_miss=3)


def test_nothing_starts_without_a_match() -> None:
    """First the identity, then the service; only a service that started is finished."""
    with pytest.raises(IdentityNotVerified):
        domain.start(visit(Status.CALLED))
    domain.start(visit(Status.CALLED, verified_at=START))
    with pytest.raises(IllegalTransition):
        domain.finish(visit(Status.CALLED, verified_at=START))
    domain.finish(visit(Status.SERVING, verified_at=START))


@pytest.mark.parametrize(("calls", "missing"), [(1, 2), (2, 1), (3, 0), (4, 0)])
def test_a_visitor_is_missed_after_three_calls(calls: int, missing: int) -> None:
    """Before that the refusal says how many calls are missing."""
    called = visit(Status.CALLED, calls=calls)
    if not missing:
        domain.miss(called, calls_to_miss=3)
        return
    with pytest.raises(TooFewCalls) as refusal:
        domain.miss(called, calls_to_miss=3)
    assert refusal.value.document("en")["code"] == "illegal_transition"
    assert refusal.value.fields["calls_missing"] == missing
    assert f"{missing} more" in refusal.value.explain("en")


def test_a_visitor_is_skipped_once() -> None:
    """Whoever was put back in line once is not put back again."""
    with pytest.raises(SkippedBefore):
        domain.skip(visit(Status.CALLED, skipped_at=EARLIER), now=START, following=None)


def test_who_is_skipped_goes_behind_those_whose_time_has_come_and_at_least_behind_the_next() -> None:
    """Also when all are early, the next call is for somebody else."""
    assert domain.skip(visit(Status.CALLED), now=START, following=None) == START
    assert domain.skip(visit(Status.CALLED), now=START, following=EARLIER) == START
    assert START < domain.skip(visit(Status.CALLED), now=EARLIER, following=START) < START + timedelta(seconds=1)
