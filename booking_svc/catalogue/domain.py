"""The catalogue as values: who gives which service where and when. Times of day are minutes after local midnight."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from functools import cached_property, lru_cache
from zoneinfo import ZoneInfo

Text = Mapping[str, str]
Interval = tuple[int, int]
Intervals = tuple[Interval, ...]

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
CLOSED: Intervals = ()


@lru_cache
def zone_of(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@dataclass(frozen=True)
class CalendarDay:
    """An exception to the weekly hours; without hours: closed.

    Holidays are such rows, too: under martial law the law gives none (domain.md, head: every rule is data).
    """

    date: date
    hours: Intervals = CLOSED
    reason: Text | None = None


@dataclass(frozen=True)
class Organisation:
    """An independent member of the network, with its own booking window and retention.

    Who is not checked in `grace_minutes` after the booked time, or does not come after `calls_to_miss` calls, is a
    no-show (domain.md §2 "The visit"). Between `quiet_from` and `quiet_until` nobody gets a message.
    """

    code: str
    name: Text
    time_zone: str
    window_days: int = 21
    opens_at: time = time(6)
    hold_minutes: int = 5
    grace_minutes: int = 15
    calls_to_miss: int = 3
    quiet_from: time = time(21)
    quiet_until: time = time(8)
    release_policy: str = "immediate"
    retention_days: int | None = None
    active: bool = True
    calendar: tuple[CalendarDay, ...] = ()

    @property
    def hold(self) -> timedelta:
        return timedelta(minutes=self.hold_minutes)

    @property
    def grace(self) -> timedelta:
        return timedelta(minutes=self.grace_minutes)


@dataclass(frozen=True)
class NeededDocument:
    name: Text
    url: str | None = None


@dataclass(frozen=True)
class Service:
    """A unified service, shared by the organisations; `cooldown_days` is the rest after a failed attempt."""

    code: str
    name: Text
    duration_minutes: int
    steps: tuple[Text, ...] = ()
    documents: tuple[NeededDocument, ...] = ()
    online_url: str | None = None
    open_to_foreigners: bool = True
    cooldown_days: int = 0
    visit_kinds: tuple[str, ...] = ("desk",)
    active: bool = True


@dataclass(frozen=True)
class Desk:
    id: str
    number: int
    services: tuple[str, ...]
    active: bool = True


@dataclass(frozen=True)
class Queue:
    """The desks of a centre that share their visitors; slots belong to it (design.md §3)."""

    id: str
    centre: str
    code: str
    services: tuple[str, ...]
    slot_minutes: int
    capacity: int
    active: bool = True
    prepared_until: date | None = field(default=None, compare=False)


@dataclass(frozen=True)
class InformationPoint:
    """Help for foreigners: a centre's attribute (domain.md §1)."""

    languages: tuple[str, ...]
    hours: Text


@dataclass(frozen=True)
class Centre:
    """A centre with all that is its own. `hours` are seven days, Monday first."""

    id: str
    organisation: str
    name: Text
    region_code: str
    region_name: Text
    territory: str
    address: Text
    latitude: float
    longitude: float
    time_zone: str
    hours: tuple[Intervals, ...]
    languages: tuple[str, ...] = ("uk",)
    shelter: bool = False
    information_point: InformationPoint | None = None
    calendar: tuple[CalendarDay, ...] = ()
    desks: tuple[Desk, ...] = ()
    queues: tuple[Queue, ...] = ()
    active: bool = True

    @property
    def zone(self) -> ZoneInfo:
        return zone_of(self.time_zone)

    def queue_of(self, service: str) -> Queue | None:
        """The one active queue that the service belongs to here."""
        return next((queue for queue in self.queues if queue.active and service in queue.services), None)

    @property
    def services(self) -> tuple[str, ...]:
        """What can be booked here, in the order of the queues."""
        return tuple(service for queue in self.queues if queue.active for service in queue.services)


@dataclass(frozen=True)
class Member:
    """A member of staff. `name` is personal data."""

    id: str
    organisation: str
    role: str
    name: str = field(repr=False)
    centre: str | None = None
    desk: str | None = None


@dataclass(frozen=True)
class Snapshot:
    """Everything as it stands at one moment."""

    organisations: Mapping[str, Organisation] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    centres: Mapping[str, Centre] = field(default_factory=dict)

    def organisation_of(self, centre: Centre) -> Organisation:
        return self.organisations[centre.organisation]

    def is_open(self, centre: Centre) -> bool:
        """Neither the centre nor its organisation has been switched off."""
        return centre.active and self.organisation_of(centre).active

    @cached_property
    def desks(self) -> Mapping[str, tuple[Centre, Desk]]:
        """Every desk with its centre, by its id."""
        return {desk.id: (centre, desk) for centre in self.centres.values() for desk in centre.desks}

    def queue(self, centre: str, service: str) -> Queue | None:
        """The queue that takes bookings of the service in the centre, if both are known and switched on."""
        place, kind = self.centres.get(centre), self.services.get(service)
        if place is None or kind is None or not kind.active or not self.is_open(place):
            return None
        return place.queue_of(service)

    def queues(self, service: str) -> Iterator[tuple[Centre, Queue]]:
        """Every centre that takes bookings of the service, with its queue."""
        for centre in self.centres.values():
            if queue := self.queue(centre.id, service):
                yield centre, queue


def hours_on(day: date, centre: Centre, organisation: Organisation) -> Intervals:
    """When the centre is open on that day: its own exception, else its organisation's, else the weekly hours."""
    for exception in (*centre.calendar, *organisation.calendar):
        if exception.date == day:
            return exception.hours
    return centre.hours[day.weekday()]
