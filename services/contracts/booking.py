"""What booking_svc tells (events) and answers (requests). Owner: booking_svc."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar, Literal
from uuid import UUID

from services.contracts import Event, Message, Request


class State(StrEnum):
    """Where a booking stands, as other services see it."""

    HELD = "held"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


class BookingEvent(Event):
    """Common to all: which booking, where and for when. `visit_date` is the day in the centre's zone."""

    booking_id: UUID
    organisation: str
    centre: str
    service: str
    channel: Literal["online", "terminal", "operator"]
    visit_date: date
    at: datetime


class BookingHeld(BookingEvent):
    """A citizen holds a place and has until `expires_at` to confirm it."""

    subject: ClassVar[str] = "booking.held.v1"
    expires_at: datetime


class BookingConfirmed(BookingEvent):
    subject: ClassVar[str] = "booking.confirmed.v1"


class BookingCancelled(BookingEvent):
    """`was` is the state before; `by` says who: what the centre or an alert cancels never counts (domain.md §2)."""

    subject: ClassVar[str] = "booking.cancelled.v1"
    by: Literal["applicant", "centre", "alert"]
    was: Literal["held", "confirmed"]


class BookingExpired(BookingEvent):
    subject: ClassVar[str] = "booking.expired.v1"


class BookingMoved(BookingEvent):
    """After a pause, or because the centre gave the time up, the visit is at another time; `visit_date` is the new day.
    `by`: who chose it, the applicant or the centre by itself. Its quota stays counted where it was.
    """

    subject: ClassVar[str] = "booking.moved.v1"
    starts_at: datetime
    moved_from: datetime
    moved_from_date: date
    by: Literal["applicant", "centre"] = "applicant"


class BookingRefused(Event):
    """The slot was gone after the quota had been reserved: that attempt's reservation is to be given back."""

    subject: ClassVar[str] = "booking.refused.v1"
    booking_id: UUID
    attempt: UUID
    at: datetime


class RefusalsCounted(Event):
    """So many wishes for visits of that day were refused, for that reason (the problem's code). Counted by each process
    and told about once a second: a crash loses that second's, and nobody fills the archive by asking again and again.
    """

    subject: ClassVar[str] = "booking.refusals_counted.v1"
    organisation: str
    centre: str
    service: str
    channel: Literal["online", "terminal", "operator"]
    visit_date: date
    because: Literal["quota_exhausted", "blocked_for_no_shows", "cooldown", "priority_used", "slot_full"]
    refusals: int


class Standing(Message):
    booking_id: UUID
    state: State
    cancelled_by: Literal["applicant", "centre", "alert"] | None = None
    was_confirmed: bool = False


class Standings(Message):
    standings: list[Standing]


class Resolve(Request[Standings]):
    """What became of these bookings? Before it answers `unknown`, booking_svc writes a tombstone under that id, so
    that a stalled transaction can no longer commit it (design.md §3).
    """

    subject: ClassVar[str] = "booking.resolve"
    reply: ClassVar[type[Message]] = Standings
    booking_ids: list[UUID]


class States(Request[Standings]):
    """The same question without tombstones: for comparison only."""

    subject: ClassVar[str] = "booking.states"
    reply: ClassVar[type[Message]] = Standings
    booking_ids: list[UUID]
