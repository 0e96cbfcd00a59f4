"""What slots, bookings and quotas must answer, told as simply as the rules are (domain.md §2). No database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

KYIV = ZoneInfo("Europe/Kyiv")
HOLD = timedelta(minutes=5)
WINDOW_DAYS, OPENS_AT_HOUR = 21, 6


@dataclass(frozen=True)
class Person:
    """A citizen; with `firm`, one who books for that legal entity."""

    index: int
    firm: str | None = None

    @property
    def kind(self) -> str:
        return "legal_entity" if self.firm else "individual"

    @property
    def counted(self) -> str:
        """Whose quota counts."""
        return self.firm or str(self.index)


@dataclass(frozen=True)
class Rule:
    """A policy from its first day on."""

    limit: int
    period: str
    cancelled_counts: bool = True


@dataclass
class Booking:
    id: str
    person: Person
    channel: str
    starts_at: datetime
    expires_at: datetime
    cancelled_counts: bool
    status: str = "held"
    counts: bool = True
    ticket: int | None = None
    key: str | None = None

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(KYIV).date()


def counted_with(channel: str) -> str:
    """An operator's bookings count with the terminal's."""
    return "online" if channel == "online" else "terminal"


@dataclass
class Model:
    now: datetime
    capacity: int = 1
    slot_minutes: int = 20
    closed: set[date] = field(default_factory=set)
    rules: dict[tuple[str, str], dict[date, Rule]] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    keys: dict[tuple[int, str], tuple[str, datetime]] = field(default_factory=dict)
    tickets: dict[date, count[int]] = field(default_factory=dict)

    @property
    def today(self) -> date:
        return self.now.astimezone(KYIV).date()

    def last_day(self) -> date:
        """The farthest day opens at 06:00."""
        opened = self.now.astimezone(KYIV).hour >= OPENS_AT_HOUR
        return self.today + timedelta(days=WINDOW_DAYS - (1 if opened else 2))

    def places(self, starts_at: datetime) -> int:
        """What the schedule gives at that time."""
        local = starts_at.astimezone(KYIV)
        minutes = (local.hour - 9) * 60 + local.minute
        return 0 if local.date() in self.closed or minutes % self.slot_minutes else self.capacity

    def taken(self, starts_at: datetime) -> int:
        at_that_time = (one for one in self.bookings.values() if one.starts_at == starts_at)
        return sum(one.status in ("held", "confirmed") for one in at_that_time)

    def rule(self, person: Person, channel: str, day: date) -> Rule:
        starts = self.rules[person.kind, counted_with(channel)]
        return starts[max(start for start in starts if start <= day)]

    def label(self, person: Person, channel: str, day: date) -> str:
        """The period that a visit on that day counts in."""
        formats = {"month": "%Y-%m", "week": "%G-W%V", "day": "%Y-%m-%d"}
        return day.strftime(formats[self.rule(person, channel, day).period])

    def counting(self, person: Person, channel: str, label: str) -> Iterator[Booking]:
        for one in self.bookings.values():
            same = one.person.counted == person.counted and counted_with(one.channel) == counted_with(channel)
            if same and one.counts and self.label(one.person, channel, one.day) == label:
                yield one

    def refusal(self, person: Person, channel: str, starts_at: datetime) -> str | None:
        """Why this place cannot be held; None: it can."""
        day = starts_at.astimezone(KYIV).date()
        outside = starts_at <= self.now or day > (self.last_day() if channel == "online" else self.today)
        if outside or not self.places(starts_at):
            return "outside_window"
        used = sum(1 for _ in self.counting(person, channel, self.label(person, channel, day)))
        if used >= self.rule(person, channel, day).limit:
            return "quota_exhausted"
        return "slot_full" if self.taken(starts_at) >= self.places(starts_at) else None

    def hold(self, booking_id: str, person: Person, channel: str, starts_at: datetime) -> Booking:
        counts = self.rule(person, channel, starts_at.astimezone(KYIV).date()).cancelled_counts
        made = Booking(booking_id, person, channel, starts_at, self.now + HOLD, counts)
        self.bookings[booking_id] = made
        return made

    def confirm(self, booking: Booking) -> str | None:
        if booking.status == "held":
            booking.status = "confirmed"
            booking.ticket = next(self.tickets.setdefault(booking.day, count(1000)))
        return None if booking.status == "confirmed" else ENDED[booking.status]

    def cancel(self, booking: Booking, *, by_centre: bool) -> str | None:
        if booking.status in ENDED:
            return ENDED[booking.status]
        booking.counts = booking.status == "confirmed" and not by_centre and booking.cancelled_counts
        booking.status = "cancelled"
        return None

    def later(self, by: timedelta) -> None:
        self.now += by
        for one in self.bookings.values():
            if one.status == "held" and one.expires_at <= self.now:
                one.status, one.counts = "expired", False

    def keyed(self, person: Person, key: str) -> str | None:
        """The booking that this key stands for; it is remembered for 24 hours."""
        booking_id, since = self.keys.get((person.index, key), ("", self.now))
        return booking_id if booking_id and since > self.now - timedelta(hours=24) else None


ENDED = {"cancelled": "already_cancelled", "expired": "hold_expired"}
