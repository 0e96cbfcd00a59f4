"""Periods, renewals and what becomes of a reservation."""

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quota_svc.domain import (
    ALLOWED_FROM,
    Change,
    Channel,
    Kind,
    Organisation,
    Period,
    Policy,
    Reservation,
    State,
    first_day_that_matters,
    in_force,
    next_start,
    period_label,
    period_start,
    renews_at,
    rule_name,
    spans,
    window,
)

KYIV, WARSAW = ZoneInfo("Europe/Kyiv"), ZoneInfo("Europe/Warsaw")
DAYS = st.dates(min_value=date(2020, 1, 1), max_value=date(2040, 12, 31))
PERIODS = st.sampled_from(Period)
ZONES = st.sampled_from([KYIV, WARSAW, ZoneInfo("Africa/Cairo"), ZoneInfo("America/Sao_Paulo")])


def policy(**more: object) -> Policy:
    standard: dict[str, object] = {
        "id": uuid4(),
        "organisation": "hsc",
        "kind": Kind.INDIVIDUAL,
        "channel": Channel.ONLINE,
        "limit": 4,
        "period": Period.MONTH,
        "cancelled_counts": True,
        "valid_from": date(2025, 1, 1),
        "valid_to": None,
    }
    return Policy(**(standard | more))  # type: ignore[arg-type]  # a test's short form


@given(PERIODS, DAYS)
def test_a_day_lies_in_exactly_the_period_that_starts_on_or_before_it(period: Period, day: date) -> None:
    start = period_start(period, day)
    assert start <= day < next_start(period, start)
    assert period_start(period, start) == start


@given(PERIODS, DAYS)
def test_the_next_period_starts_where_this_one_ends(period: Period, day: date) -> None:
    following = next_start(period, period_start(period, day))
    assert period_start(period, following) == following
    assert period_start(period, following - timedelta(days=1)) == period_start(period, day)


@given(PERIODS, DAYS, ZONES)
def test_a_period_renews_at_the_first_instant_of_the_next_in_the_zone(
    period: Period, day: date, zone: ZoneInfo
) -> None:
    start = period_start(period, day)
    renewal = renews_at(period, start, zone).astimezone(UTC)
    assert renewal.astimezone(zone).date() == next_start(period, start)
    assert (renewal - timedelta(microseconds=1)).astimezone(zone).date() < next_start(period, start)


@pytest.mark.parametrize(
    ("zone", "day", "renewal"),
    [
        (KYIV, "2026-03-29", "2026-03-30T00:00:00+03:00"),  # the clock goes forward on that day
        (KYIV, "2026-10-25", "2026-10-26T00:00:00+02:00"),  # and back
        (WARSAW, "2026-03-28", "2026-03-29T00:00:00+01:00"),
        (WARSAW, "2026-10-25", "2026-10-26T00:00:00+01:00"),
    ],
)
def test_the_days_when_the_clock_changes_renew_at_local_midnight(zone: ZoneInfo, day: str, renewal: str) -> None:
    assert renews_at(Period.DAY, date.fromisoformat(day), zone).isoformat() == renewal


def test_the_month_of_a_clock_change_renews_with_the_new_offset() -> None:
    assert renews_at(Period.MONTH, date(2026, 3, 1), KYIV).isoformat() == "2026-04-01T00:00:00+03:00"
    assert renews_at(Period.MONTH, date(2026, 10, 1), WARSAW).isoformat() == "2026-11-01T00:00:00+01:00"


def test_periods_are_written_as_iso_8601_does() -> None:
    day = date(2027, 1, 1)
    assert period_label(Period.MONTH, period_start(Period.MONTH, day)) == "2027-01"
    assert period_label(Period.WEEK, period_start(Period.WEEK, day)) == "2026-W53"
    assert period_label(Period.DAY, day) == "2027-01-01"


def test_a_rule_has_a_name_that_people_can_read() -> None:
    assert rule_name("hsc", "individual", "online", "month") == "hsc/individual/online/month"


def test_the_window_begins_today_in_the_organisations_zone() -> None:
    lisbon, kyiv = Organisation("lisbon", ZoneInfo("Europe/Lisbon"), 21), Organisation("hsc", KYIV, 21)
    late = datetime(2026, 11, 24, 22, 30, tzinfo=UTC)
    assert window(lisbon, late)[0] == date(2026, 11, 24)
    assert (window(kyiv, late)[0], window(kyiv, late)[-1]) == (date(2026, 11, 25), date(2026, 12, 15))


def test_the_policy_in_force_is_that_of_the_visit_date() -> None:
    old = policy(valid_to=date(2026, 2, 28))
    new = policy(valid_from=date(2026, 3, 1), limit=2)
    assert in_force([old, new], Channel.ONLINE, date(2026, 2, 28)) is old
    assert in_force([old, new], Channel.ONLINE, date(2026, 3, 1)) is new
    assert in_force([old, new], Channel.ONLINE, date(2024, 12, 31)) is None
    assert in_force([old, new], Channel.TERMINAL, date(2026, 3, 1)) is None


def test_an_applicant_sees_every_period_that_the_window_touches() -> None:
    days = window(Organisation("hsc", KYIV, 21), datetime(2026, 11, 24, 7, tzinfo=UTC))
    rules = [policy(), policy(channel=Channel.TERMINAL, period=Period.DAY, limit=6)]
    seen = spans(rules, days)
    assert [(span.start, span.limit) for span in seen if span.channel is Channel.ONLINE] == [
        (date(2026, 11, 1), 4),
        (date(2026, 12, 1), 4),
    ]
    assert [span.start for span in seen if span.channel is Channel.TERMINAL] == days


def test_where_the_limit_changes_within_a_period_the_nearest_days_limit_is_shown() -> None:
    days = [date(2026, 11, day) for day in (10, 20)]
    rules = [policy(valid_to=date(2026, 11, 14)), policy(valid_from=date(2026, 11, 15), limit=6)]
    online = [span for span in spans(rules, days) if span.channel is Channel.ONLINE]
    assert [span.limit for span in online] == [4]


@given(DAYS, st.times(), ZONES)
def test_no_period_that_goes_on_began_before_the_first_day_that_matters(day: date, at: time, zone: ZoneInfo) -> None:
    now = datetime.combine(day, at, UTC)
    today = now.astimezone(zone).date()
    assert all(period_start(period, today) >= first_day_that_matters(now) for period in Period)


def reservation(state: State, *attempts: UUID, cancelled_counts: bool = True) -> Reservation:
    because = Change.EXPIRE if state is State.RELEASED else None
    return Reservation(uuid4(), state, frozenset(attempts or {uuid4()}), cancelled_counts, because)


@pytest.mark.parametrize(
    ("state", "change", "cancelled_counts", "result"),
    [
        ("reserved", Change.COMMIT, True, "committed"),
        ("reserved", Change.EXPIRE, True, "released"),
        ("reserved", Change.ORPHAN, True, "released"),
        ("reserved", Change.GIVE_BACK, True, "released"),
        ("reserved", Change.CANCEL, True, "cancelled_counts"),
        ("committed", Change.CANCEL, True, "cancelled_counts"),
        ("committed", Change.CANCEL, False, "released"),
        ("committed", Change.VOID, True, "released"),
        ("committed", Change.EXPIRE, True, "committed"),
        ("committed", Change.ORPHAN, True, "committed"),
        ("committed", Change.GIVE_BACK, True, "committed"),
        ("cancelled_counts", Change.COMMIT, True, "cancelled_counts"),
        ("cancelled_counts", Change.CANCEL, True, "cancelled_counts"),
    ],
)
def test_what_becomes_of_a_reservation(state: str, change: Change, cancelled_counts: bool, result: str) -> None:
    before = reservation(State(state), cancelled_counts=cancelled_counts)
    assert before.changed(change).state == result


@given(st.sampled_from(State), st.sampled_from(Change), st.booleans())
def test_a_change_that_came_twice_changes_nothing_more(state: State, change: Change, counts: bool) -> None:
    once = reservation(state, cancelled_counts=counts).changed(change)
    assert once.changed(change) == once


@given(st.sampled_from(Change))
def test_nothing_changes_what_is_released(change: Change) -> None:
    gone = reservation(State.RELEASED)
    assert gone.changed(change) is gone
    assert State.RELEASED not in ALLOWED_FROM[change]


def test_an_attempt_gives_back_only_what_it_holds() -> None:
    first, second = uuid4(), uuid4()
    both = reservation(State.RESERVED, first, second)
    assert both.changed(Change.GIVE_BACK, attempt=uuid4()) == both
    one = both.changed(Change.GIVE_BACK, attempt=first)
    assert (one.state, one.attempts) == (State.RESERVED, {second})
    assert one.changed(Change.GIVE_BACK, attempt=second).state is State.RELEASED


@pytest.mark.parametrize(
    ("because", "contradicts"),
    [
        (Change.CANCEL, False),
        (Change.VOID, False),
        (Change.EXPIRE, True),
        (Change.ORPHAN, True),
        (Change.GIVE_BACK, True),
    ],
)
def test_a_confirmation_after_a_release_is_late_after_a_cancellation_and_else_a_breach(
    because: Change, contradicts: bool
) -> None:
    released = Reservation(uuid4(), State.RELEASED, frozenset(), True, because)
    assert released.contradicts_confirmation() is contradicts
    assert not reservation(State.COMMITTED).contradicts_confirmation()
