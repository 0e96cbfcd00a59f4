"""What booking_svc tells of the day in the centre. A visit is its booking: the same id."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

from services.contracts import Event
from services.contracts.booking import BookingEvent


class VisitCheckedIn(BookingEvent):
    """The visitor is there and can be called."""

    subject: ClassVar[str] = "visit.checked_in.v1"


class DeskEvent(BookingEvent):
    """Common to all that happens at a desk; `desk` is its id."""

    desk: str


class VisitCalled(DeskEvent):
    """`waiting_seconds`: since the booked time, or the check-in if that was later; pauses are left out."""

    subject: ClassVar[str] = "visit.called.v1"
    waiting_seconds: int


class VisitRecalled(DeskEvent):
    """`calls` counts the first call too."""

    subject: ClassVar[str] = "visit.recalled.v1"
    calls: int


class VisitSkipped(DeskEvent):
    """Back in line, behind those who are there now."""

    subject: ClassVar[str] = "visit.skipped.v1"


class VisitStarted(DeskEvent):
    """The identity was compared and matches; the service has begun."""

    subject: ClassVar[str] = "visit.started.v1"


class VisitFinished(DeskEvent):
    """`missing_documents` are names out of the catalogue, in Ukrainian."""

    subject: ClassVar[str] = "visit.finished.v1"
    outcome: Literal["served", "failed", "missing_documents"]
    waiting_seconds: int
    serving_seconds: int
    missing_documents: list[str] = []


class VisitRefused(DeskEvent):
    """Somebody else than the one who is booked. The place and the quota stay used."""

    subject: ClassVar[str] = "visit.refused.v1"
    because: Literal["identity_mismatch"]


class VisitMissed(BookingEvent):
    """A no-show: never checked in, or called often enough at a desk in vain."""

    subject: ClassVar[str] = "visit.missed.v1"
    because: Literal["not_checked_in", "did_not_come"]
    desk: str | None = None


class FeedbackOffered(Event):
    """A visit at this desk is over: whoever has the token of this SHA-256 digest may rate it, once, as a real visit. It
    names no booking.
    """

    subject: ClassVar[str] = "visit.feedback_offered.v1"
    token_digest: str
    desk: str
    day: date
