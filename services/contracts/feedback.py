"""What feedback_svc tells. Owner: feedback_svc. No comment, no contact: what visitors wrote stays where it is."""

from __future__ import annotations

from datetime import date, datetime
from typing import ClassVar, Literal
from uuid import UUID

from services.contracts import Event

Channel = Literal["qr", "link", "telegram", "hotline", "social", "booking"]


class Rated(Event):
    """A questionnaire was answered: at a desk, or of the booking system, which is at no place.

    `day` is the day in the centre's zone. `evaluator`: an independent one asked, and only sums are to be shown to the
    centre. `verified`: by a visit's own token. `flagged`: more at that desk than its visits could give. `imported`: it
    was given elsewhere, before. `service`: the one that was rated, where that is known.
    """

    subject: ClassVar[str] = "feedback.rated.v1"
    rating_id: UUID
    about: Literal["visit", "booking_system"]
    organisation: str | None
    centre: str | None
    desk: str | None
    region: str | None
    questionnaire: str
    questionnaire_version: int
    evaluator: str | None
    answers: dict[str, int]
    channel: Channel
    submitted_at: datetime
    day: date
    verified: bool = False
    flagged: bool = False
    imported: bool = False
    service: str | None = None


class RemarkEvent(Event):
    """A remark: a rating with a comment, or a negative one. It is to be answered until `due_at`."""

    remark_id: UUID
    organisation: str
    centre: str
    desk: str | None
    evaluator: str | None
    opened_at: datetime
    due_at: datetime


class RemarkOpened(RemarkEvent):
    subject: ClassVar[str] = "feedback.remark_opened.v1"
    negative: bool
    commented: bool


class RemarkAnswered(RemarkEvent):
    """`told`: the visitor left a contact, to which the answer is sent."""

    subject: ClassVar[str] = "feedback.remark_answered.v1"
    answered_at: datetime
    told: bool
