"""The rules of quotas: periods, when they renew, what becomes of a reservation. Pure functions on values.

A booking counts in the period of its visit date, in the organisation's time zone (domain.md §2, quotas).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta, tzinfo
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo


class Kind(StrEnum):
    """Who applies."""

    INDIVIDUAL = "individual"
    LEGAL_ENTITY = "legal_entity"


class Channel(StrEnum):
    """How a booking is counted; an operator's bookings count with the terminal's."""

    ONLINE = "online"
    TERMINAL = "terminal"


class Period(StrEnum):
    """How long a limit holds; a week begins on Monday."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"


UNLIMITED_PERIOD = Period.MONTH
"""What is counted by where no policy is in force: a policy that comes later finds the count."""


class State(StrEnum):
    """Where a reservation stands; all but the last count."""

    RESERVED = "reserved"
    COMMITTED = "committed"
    CANCELLED_COUNTS = "cancelled_counts"
    RELEASED = "released"


class Change(StrEnum):
    """What becomes of a reservation; one that is released keeps it as the reason, and so does the ledger."""

    COMMIT = "committed"
    CANCEL = "cancelled"
    VOID = "voided"
    EXPIRE = "expired"
    ORPHAN = "orphaned"
    GIVE_BACK = "given_back"


BOOKED = frozenset({State.RESERVED, State.COMMITTED})
OPEN = frozenset({State.RESERVED})
ALLOWED_FROM: Mapping[Change, frozenset[State]] = {
    Change.COMMIT: OPEN,
    Change.CANCEL: BOOKED,  # a cancellation may come before the confirmation it followed
    Change.VOID: BOOKED,
    Change.EXPIRE: OPEN,
    Change.ORPHAN: OPEN,
    Change.GIVE_BACK: OPEN,
}
"""From any other state a change does nothing: events come doubled, late and out of order."""


@dataclass(frozen=True)
class Reservation:
    """A booking's place in the quota; held, until it is committed, by every attempt to make that booking."""

    booking_id: UUID
    state: State
    attempts: frozenset[UUID]
    cancelled_counts: bool
    released_because: Change | None = None

    def changed(self, change: Change, *, attempt: UUID | None = None) -> Reservation:
        """The reservation after `change`, itself where that is not allowed. `attempt`: who gives back (None: all)."""
        if self.state not in ALLOWED_FROM[change]:
            return self
        if change is Change.COMMIT:
            return replace(self, state=State.COMMITTED)
        if change is Change.CANCEL and self.cancelled_counts:
            return replace(self, state=State.CANCELLED_COUNTS)
        attempts = self.attempts - {attempt} if attempt else frozenset[UUID]()
        if attempts:
            return replace(self, attempts=attempts)
        return replace(self, state=State.RELEASED, attempts=attempts, released_because=change)

    def contradicts_confirmation(self) -> bool:
        """Whether a booking that is confirmed counts nowhere. After a cancellation its confirmation is only late."""
        return self.state is State.RELEASED and self.released_because not in {Change.CANCEL, Change.VOID}


@dataclass(frozen=True)
class Organisation:
    """What quotas have to know of an organisation. `window_days`: how far ahead it can be booked, today included."""

    code: str
    zone: ZoneInfo
    window_days: int
    active: bool = True


@dataclass(frozen=True)
class Policy:
    """A limit in force from `valid_from` to `valid_to`, both included, by the date of the visit. `no_show_limit`: so
    many no-shows of a month close online booking; None: they never do.
    """

    id: UUID
    organisation: str
    kind: Kind
    channel: Channel
    limit: int
    period: Period
    cancelled_counts: bool
    valid_from: date
    valid_to: date | None
    no_show_limit: int | None = None

    def covers(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True)
class Span:
    """One period of one channel as an applicant sees it; `limit` None: no policy is in force."""

    channel: Channel
    period: Period
    start: date
    limit: int | None


@dataclass(frozen=True)
class NoShow:
    """A visit of an individual that nobody came to. `at`: when it was found missed."""

    booking_id: UUID
    visit_date: date
    centre: str
    at: datetime


@dataclass(frozen=True)
class Block:
    """Online booking is closed to an individual: in the month that starts so, `missed` reached the limit."""

    id: UUID
    applicant_key: str
    organisation: str
    month: date
    no_show_limit: int
    missed: tuple[UUID, ...]
    centre: str
    """Of the last visit that was missed; there the block is lifted (domain.md §2, no-shows)."""
    since: datetime
    ended_at: datetime | None = None


def forbids_wrongly(policy: Policy) -> bool:
    """A person's no-shows close online booking to that person; they close nothing else."""
    return policy.no_show_limit is not None and (policy.kind, policy.channel) != (Kind.INDIVIDUAL, Channel.ONLINE)


def over_limit(
    no_shows: Iterable[NoShow], *, limit: int | None, forgiven_until: datetime | None
) -> tuple[NoShow, ...] | None:
    """The no-shows of one month that close online booking, in the order of the visits; None: not that many. Those
    from before the last unblocking do not count again.
    """
    counting = [one for one in no_shows if forgiven_until is None or one.at > forgiven_until]
    if limit is None or len(counting) < limit:
        return None
    return tuple(sorted(counting, key=lambda one: (one.visit_date, one.at, one.booking_id)))


def in_force(policies: Iterable[Policy], channel: Channel, day: date) -> Policy | None:
    """The policy of the visit date. No two of one channel cover the same day (the database sees to it)."""
    return next((policy for policy in policies if policy.channel is channel and policy.covers(day)), None)


def window(organisation: Organisation, now: datetime) -> list[date]:
    """The days that can be booked: today, in the organisation's zone, and the following."""
    today = now.astimezone(organisation.zone).date()
    return [today + timedelta(days=ahead) for ahead in range(organisation.window_days)]


def first_day_that_matters(now: datetime) -> date:
    """No period that goes on anywhere, in any zone, began earlier."""
    yesterday = (now - timedelta(days=1)).date()
    return min(period_start(period, yesterday) for period in Period)


def spans(policies: Sequence[Policy], days: Sequence[date]) -> list[Span]:
    """The periods that the days touch, in order, for each channel. Of a period in which the limit changes, the limit
    of the first of the days.
    """
    found: dict[tuple[Channel, Period, date], Span] = {}
    for channel in Channel:
        for day in days:
            policy = in_force(policies, channel, day)
            period = policy.period if policy else UNLIMITED_PERIOD
            start = period_start(period, day)
            span = Span(channel, period, start, policy.limit if policy else None)
            found.setdefault((channel, period, start), span)
    return list(found.values())


def period_start(period: Period, day: date) -> date:
    """The first day of the period that the day lies in."""
    if period is Period.MONTH:
        return day.replace(day=1)
    if period is Period.WEEK:
        return day - timedelta(days=day.weekday())
    return day


def next_start(period: Period, start: date) -> date:
    """The first day of the period after the one that starts at `start`."""
    if period is Period.MONTH:
        return (start + timedelta(days=31)).replace(day=1)
    return start + timedelta(days=7 if period is Period.WEEK else 1)


def period_label(period: Period, start: date) -> str:
    """`2026-11`, `2026-W48` (ISO 8601) or `2026-11-25`."""
    if period is Period.MONTH:
        return f"{start:%Y-%m}"
    if period is Period.WEEK:
        year, week, _ = start.isocalendar()
        return f"{year}-W{week:02d}"
    return start.isoformat()


def renews_at(period: Period, start: date, zone: tzinfo) -> datetime:
    """The first instant of the next period, with the zone's offset. A midnight that the clocks skip is the instant at
    which they skip it; of one that they pass twice, the first.
    """
    return datetime.combine(next_start(period, start), time.min, zone)


WHY_BLOCKED = {
    "uk": "Кількість неявок за {month}: {no_shows}. Онлайн-запис закрито; у терміналі центру записатися можна.",
    "en": "Visits missed in {month}: {no_shows}. Online booking is closed; at a centre's terminal you can book.",
    "pl": "Liczba niestawiennictw w okresie {month}: {no_shows}. Rezerwacja online jest zamknięta; w terminalu centrum "
    "można się zapisać.",
}
HOW_TO_UNBLOCK = {
    "uk": "Прийдіть з документом до центру {centre}: адміністратор зніме блокування.",
    "en": "Come to the centre {centre} with your document: an administrator lifts the block.",
    "pl": "Przyjdź z dokumentem do centrum {centre}: urzędnik zdejmie blokadę.",
}


def rule_name(organisation: str, kind: str, channel: str, period: str) -> str:
    """Names a rule to people and programs: `hsc/individual/online/month`."""
    return f"{organisation}/{kind}/{channel}/{period}"
