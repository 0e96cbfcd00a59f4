"""What slots, bookings and quotas must answer, told as simply as the rules are (domain.md §2). No database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo

KYIV = ZoneInfo("Europe/Kyiv")
HOLD, GRACE, DAY = timedelta(minutes=5), timedelta(minutes=15), timedelta(days=1)
WINDOW_DAYS, OPENS_AT_HOUR = 21, 6
EXAM, COOLDOWN = "theory-exam", timedelta(days=5)


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
    no_show_limit: int | None = None


@dataclass(frozen=True)
class Wish:
    """What somebody wants to book; `preferred`: with priority, in the centre."""

    person: Person
    channel: str
    starts_at: datetime
    service: str
    preferred: bool = False

    @property
    def day(self) -> date:
        return self.starts_at.astimezone(KYIV).date()


@dataclass
class Booking:
    id: str
    person: Person
    channel: str
    service: str
    preferred: bool
    starts_at: datetime
    expires_at: datetime
    cancelled_counts: bool
    asked_for: datetime
    """The time that it was first booked for; whatever becomes of it, that day's period is the one that it counts in."""
    checked_in: bool = False
    given_up: bool = False
    """By the centre, which does not open at that time any more."""
    displaced: bool = False
    """By the centre, to this time, which nobody had asked for."""
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
    shut: set[datetime] = field(default_factory=set)
    """Times that the manager closed by hand."""
    rules: dict[tuple[str, str], dict[date, Rule]] = field(default_factory=dict)
    bookings: dict[str, Booking] = field(default_factory=dict)
    keys: dict[tuple[int, str], tuple[str, datetime]] = field(default_factory=dict)
    tickets: dict[tuple[date, bool], count[int]] = field(default_factory=dict)
    missed: list[tuple[str, date, datetime]] = field(default_factory=list)
    """Whose visit, of which day, and when it was found missed: of individuals only."""
    forgiven: dict[str, datetime] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    pauses: list[tuple[datetime, datetime | None]] = field(default_factory=list)

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
        gone = local.date() in self.closed or starts_at in self.shut or minutes % self.slot_minutes
        return 0 if gone else self.capacity

    def taken(self, starts_at: datetime) -> int:
        at_that_time = (one for one in self.bookings.values() if one.starts_at == starts_at)
        return sum(one.status in ("held", "confirmed", "missed") for one in at_that_time)

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
            if same and one.counts and self.label(one.person, channel, one.asked_for.date()) == label:
                yield one

    @property
    def paused(self) -> bool:
        return bool(self.pauses) and self.pauses[-1][1] is None

    def touched(self, booking: Booking) -> bool:
        """By a pause: while one may check in, and for who is there until the day ends."""
        last = booking.starts_at + GRACE
        if booking.checked_in:
            last = datetime.combine(booking.day + DAY, time(), KYIV)
        return any(
            since <= last and (booking.starts_at < ended if ended else booking.starts_at <= self.now)
            for since, ended in self.pauses
        )

    def taken_away(self, booking: Booking) -> bool:
        return booking.given_up or booking.displaced or self.touched(booking)

    def refusal(self, wish: Wish) -> str | None:
        """Why this place cannot be held; None: it can."""
        person, channel, day = wish.person, wish.channel, wish.day
        if self.is_outside(wish.starts_at, self.last_day() if channel == "online" else self.today):
            return "outside_window"
        if channel == "online" and self.is_blocked(person):
            return "blocked_for_no_shows"
        used = sum(1 for _ in self.counting(person, channel, self.label(person, channel, day)))
        if used >= self.rule(person, channel, day).limit:
            return "quota_exhausted"
        if any(day <= one.day + COOLDOWN for one in self.attempts(person, wish.service)):
            return "cooldown"
        if wish.preferred and self.is_preferred(person, wish.service, day):
            return "priority_used"
        return "slot_full" if self.taken(wish.starts_at) >= self.places(wish.starts_at) else None

    def is_blocked(self, person: Person) -> bool:
        return person.kind == "individual" and person.counted in self.blocked

    def attempts(self, person: Person, service: str) -> Iterator[Booking]:
        """The coming exams of the one who comes, for whomever they are booked."""
        for one in self.bookings.values():
            same = one.person.index == person.index and service == one.service == EXAM
            if same and one.status in ("held", "confirmed"):
                yield one

    def is_preferred(self, person: Person, service: str, day: date) -> bool:
        return any(
            one.preferred and (one.person.index, one.service, one.day) == (person.index, service, day)
            for one in self.bookings.values()
            if one.status in ("held", "confirmed", "missed")
        )

    def is_outside(self, starts_at: datetime, last: date) -> bool:
        day = starts_at.astimezone(KYIV).date()
        return starts_at <= self.now or day > last or not self.places(starts_at)

    def hold(self, booking_id: str, wish: Wish) -> Booking:
        made = Booking(
            booking_id,
            wish.person,
            wish.channel,
            wish.service,
            wish.preferred,
            wish.starts_at,
            self.now + HOLD,
            self.rule(wish.person, wish.channel, wish.day).cancelled_counts,
            wish.starts_at,
        )
        self.bookings[booking_id] = made
        return made

    def confirm(self, booking: Booking) -> str | None:
        if booking.status == "held":
            booking.status = "confirmed"
            booking.checked_in = booking.channel != "online"
            booking.ticket = self.next_ticket(booking)
        return None if booking.status in ("confirmed", "missed") else ENDED[booking.status]

    def next_ticket(self, booking: Booking) -> int:
        first = 1 if booking.preferred else 1000
        return next(self.tickets.setdefault((booking.day, booking.preferred), count(first)))

    def cancel(self, booking: Booking, *, by_centre: bool) -> str | None:
        if booking.status in ENDED:
            return ENDED[booking.status]
        own_choice = booking.status == "confirmed" and not by_centre and not self.taken_away(booking)
        booking.counts = own_choice and booking.cancelled_counts
        booking.status = "cancelled"
        return None

    def move(self, booking: Booking, to: datetime) -> str | None:
        if booking.status == "held" or booking.status in ENDED:
            return ENDED.get(booking.status, "illegal_transition")
        if self.now < to == booking.starts_at:
            return None
        if not self.taken_away(booking):
            return "illegal_transition"
        if self.is_outside(to, self.last_day()):
            return "outside_window"
        if self.taken(to) >= self.places(to):
            return "slot_full"
        if booking.day != to.date() and (refusal := self.clash(booking, to.date())):
            return refusal
        self.put(booking, to)
        return None

    def put(self, booking: Booking, to: datetime, *, displaced: bool = False) -> None:
        day, booking.starts_at = booking.day, to
        booking.ticket = booking.ticket if booking.day == day else self.next_ticket(booking)
        booking.checked_in = booking.given_up = False
        booking.displaced = displaced

    def clash(self, booking: Booking, day: date) -> str | None:
        """What else the same person has booked for that day, or too close to it."""
        attempts = (one for one in self.attempts(booking.person, booking.service) if one is not booking)
        if any(abs(one.day - day) <= COOLDOWN for one in attempts):
            return "cooldown"
        taken = booking.preferred and self.is_preferred(booking.person, booking.service, day)
        return "priority_used" if taken else None

    def pause_or_resume(self) -> None:
        if self.paused:
            self.pauses[-1] = self.pauses[-1][0], self.now
        else:
            self.pauses.append((self.now, None))

    def reschedule(self) -> None:
        """After the schedule has changed: which coming times it gives no more."""
        for one in self.bookings.values():
            if one.starts_at > self.now:
                one.given_up = not self.places(one.starts_at)

    def shut_or_open(self, starts_at: datetime, *, cancelling: bool) -> list[Booking]:
        """The bookings that had to leave."""
        self.shut ^= {starts_at}
        self.reschedule()
        if starts_at not in self.shut:
            return []
        there = [one for one in self.bookings.values() if one.starts_at == starts_at]
        leaving = [one for one in there if one.status in ("held", "confirmed")]
        for one in sorted(leaving, key=lambda one: (one.status == "confirmed", one.id)):
            self.send_away(one, cancelling=cancelling)
        return leaving

    def send_away(self, booking: Booking, *, cancelling: bool) -> None:
        if booking.status == "held":
            booking.status, booking.counts = "expired", False
        elif to := None if cancelling else self.elsewhere(booking):
            self.put(booking, to, displaced=True)
        else:
            booking.status, booking.counts = "cancelled", False

    def elsewhere(self, booking: Booking) -> datetime | None:
        """The nearest free time: of the same day, else later, else earlier; then with two hours to hear of it."""
        every = (self.today + DAY * day for day in range((self.last_day() - self.today).days + 1))
        starts = [datetime.combine(day, time(9), KYIV) + timedelta(minutes=20) * step for day in every
                  for step in range(4)]  # fmt: skip
        free = [
            to
            for to in starts
            if self.places(to) > self.taken(to)
            and to > (self.now if to > booking.starts_at else self.now + timedelta(hours=2))
            and not (to.date() != booking.day and self.clash(booking, to.date()))
        ]
        before = booking.starts_at
        rank = lambda to: (to.date() != booking.day, to.date() < booking.day, abs(to - before), to < before)  # noqa: E731
        return min(free, key=rank, default=None)

    def later(self, by: timedelta) -> None:
        self.now += by
        before = {one.id for one in self.bookings.values() if one.status == "missed"}
        self.end_by_itself()
        for one in self.bookings.values():
            if one.status == "missed" and one.id not in before and one.person.kind == "individual":
                self.missed.append((one.person.counted, one.day, self.now))
                self.count_no_shows(one)

    def count_no_shows(self, last: Booking) -> None:
        """Of the month of this visit; those from before an unblocking are forgiven."""
        who, since = last.person.counted, self.forgiven.get(last.person.counted)
        months = [(one, day.replace(day=1)) for one, day, at in self.missed if since is None or at > since]
        limit = self.rule(last.person, "online", last.day).no_show_limit
        if limit and months.count((who, last.day.replace(day=1))) >= limit:
            self.blocked.add(who)

    def unblock(self, person: Person) -> None:
        if self.is_blocked(person):
            self.blocked.discard(person.counted)
            self.forgiven[person.counted] = self.now

    def end_by_itself(self) -> None:
        for one in self.bookings.values():
            if one.status == "held" and one.expires_at <= self.now:
                one.status, one.counts = "expired", False
            elif one.status == "confirmed" and self.taken_away(one):
                if one.starts_at + WINDOW_DAYS * DAY <= self.now:
                    one.status, one.counts = "cancelled", False
            elif one.status == "confirmed" and not one.checked_in and not self.paused:
                one.status = "missed" if one.starts_at + GRACE < self.now else one.status

    def keyed(self, person: Person, key: str) -> str | None:
        """The booking that this key stands for; it is remembered for 24 hours."""
        booking_id, since = self.keys.get((person.index, key), ("", self.now))
        return booking_id if booking_id and since > self.now - timedelta(hours=24) else None


ENDED = {"cancelled": "already_cancelled", "expired": "hold_expired", "missed": "illegal_transition"}
