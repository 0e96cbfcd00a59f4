"""When a message is due, whether it is still true, and when it is given up: pure functions on values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from booking_svc.bookings.domain import Status


class Kind(StrEnum):
    DAY_BEFORE = "day_before"
    HOURS_BEFORE = "hours_before"
    CANCELLED = "cancelled"
    MOVED = "moved"
    PAUSED = "paused"


class Outcome(StrEnum):
    SENT = "sent"
    DROPPED = "dropped"
    """Not true any more, too late, or at night: `Stale` says which."""
    REFUSED = "refused"
    """The address does not exist, or the provider does not take it."""
    GIVEN_UP = "given_up"
    """The way was out of order until it was too late."""


class Stale(StrEnum):
    """Why a message is not sent any more."""

    CHANGED = "changed"
    """It would not be true now."""
    LATE = "late"
    NIGHT = "night"
    """It would come in the quiet hours, or too shortly before the visit when they end."""
    NO_ADDRESS = "no_address"
    """Nothing was left to write to, or nothing that the settings have a way for."""


class State(StrEnum):
    """What the link to cancel finds or has done."""

    OFFER = "offer"
    """Nothing has been done yet: the page asks."""
    CANCELLED = "cancelled"
    ALREADY = "already"
    TOO_LATE = "too_late"
    BAD_LINK = "bad_link"


REMINDERS = frozenset({Kind.DAY_BEFORE, Kind.HOURS_BEFORE})
AHEAD = timedelta(hours=2)
TOO_CLOSE = timedelta(minutes=30)
"""A reminder that comes later than so before the visit finds the visitor on the way."""


@dataclass(frozen=True)
class Night:
    """The quiet hours of an organisation, in the centre's local time; none when both ends are the same."""

    since: time
    until: time
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        local = moment.astimezone(self.zone).time()
        if self.since <= self.until:
            return self.since <= local < self.until
        return local >= self.since or local < self.until

    def end(self, moment: datetime) -> datetime:
        """The end of the night that `moment` falls into."""
        local = moment.astimezone(self.zone)
        day = local.date() if local.time() < self.until else local.date() + timedelta(days=1)
        return datetime.combine(day, self.until, self.zone).astimezone(UTC)


@dataclass(frozen=True)
class Standing:
    """What of a booking decides whether a message about it is still true."""

    status: Status
    starts_at: datetime
    checked_in: bool
    cancelled_by: str | None
    paused: bool


def reminders(starts_at: datetime, *, now: datetime, night: Night) -> dict[Kind, datetime]:
    """When they are due: the day before at the same time of day, and two hours before. What is past is left out."""
    wanted = {Kind.DAY_BEFORE: day_before(starts_at, night.zone), Kind.HOURS_BEFORE: starts_at - AHEAD}
    planned = {kind: due(moment, starts_at, night=night) for kind, moment in wanted.items()}
    return {kind: moment for kind, moment in planned.items() if moment and moment > now}


def day_before(starts_at: datetime, zone: ZoneInfo) -> datetime:
    """The same wall clock a day earlier: 23 or 25 hours when the clocks change in between."""
    local = starts_at.astimezone(zone)
    return datetime.combine(local.date() - timedelta(days=1), local.time(), zone).astimezone(UTC)


def due(wanted: datetime, starts_at: datetime, *, night: Night) -> datetime | None:
    """As wanted; in the quiet hours at their end, if the visit is far enough then; else not at all."""
    if not night.holds(wanted):
        return wanted
    morning = night.end(wanted)
    return morning if morning <= starts_at - TOO_CLOSE else None


def useful_until(kind: Kind, starts_at: datetime) -> datetime:
    """Until when a message helps: the first reminder until the second, that until shortly before the visit."""
    if kind is Kind.DAY_BEFORE:
        return starts_at - AHEAD
    return starts_at - TOO_CLOSE if kind is Kind.HOURS_BEFORE else starts_at


def verdict(kind: Kind, starts_at: datetime, booking: Standing, *, now: datetime, night: Night) -> datetime | Stale:
    """At the moment of sending: `now` means send, a later time means then, else why not at all."""
    if not still_true(kind, starts_at, booking):
        return Stale.CHANGED
    if now >= useful_until(kind, starts_at):
        return Stale.LATE
    return due(now, starts_at, night=night) or Stale.NIGHT


def still_true(kind: Kind, starts_at: datetime, booking: Standing) -> bool:
    """Whether what the message says about the visit at `starts_at` is so."""
    if kind is Kind.CANCELLED:
        return booking.status is Status.CANCELLED and booking.cancelled_by != "applicant"
    if booking.status is not Status.CONFIRMED or booking.starts_at != starts_at:
        return False
    if kind in REMINDERS:
        return not booking.checked_in
    return booking.paused if kind is Kind.PAUSED else True
