"""What becomes of a session's answers: the rating, its event, and the remark if it asks for an answer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from feedback_svc import contacts, words
from feedback_svc.questionnaires.domain import OVERALL, About, Questionnaire
from feedback_svc.ratings.domain import SELF_SERVICE, is_burst, is_positive
from feedback_svc.remarks.domain import asks_for_an_answer, due_at
from feedback_svc.sessions.repository import NewRating
from feedback_svc.sessions.schemas import Submission
from services import outbox
from services.contracts.feedback import Rated, RemarkOpened
from services.errors import InvalidRequest
from services.ids import uuid7
from services.privacy import Privacy

VERIFIED = {"verified": True, "flagged": False}


@dataclass(frozen=True)
class Asked:
    """A session that can be submitted: its row with the rules in force, and the desk's other ratings just now."""

    row: Any
    questionnaire: Questionnaire
    recent: int


def new_rating(privacy: Privacy, asked: Asked, body: Submission, rating_id: UUID, *, now: datetime) -> NewRating:
    """Raises `InvalidRequest` for answers or a contact that do not fit."""
    if flaws := list(asked.questionnaire.flaws(body.answers)):
        raise InvalidRequest([{"field": field, "reason": reason} for field, reason in flaws])
    if asked.row["about"] != About.VISIT and (body.comment or body.contact):
        raise InvalidRequest.field("comment", "nobody would read it here")
    row, zone = asked.row, ZoneInfo(asked.row["time_zone"])
    contact = contacts.contact_of(body.contact, zone)
    flagged = row["channel"] in SELF_SERVICE and is_burst(asked.recent, allowed=row["burst_ratings"])
    rated = _rated(row, body, rating_id, now=now, flagged=flagged)
    told = outbox.row(rated, now=now)
    verified = outbox.row(rated.model_copy(update=VERIFIED), now=now) if body.visit_token else None
    new = NewRating(
        key=row["key"],
        rating_id=rating_id,
        answers=orjson.dumps(body.answers).decode(),
        overall=body.answers[OVERALL],
        day=rated.day,
        flagged=flagged,
        comment=words.seal_comment(body.comment, rating_id, privacy),
        event_id=told.event_id,
        envelope=told.envelope,
        verified_event_id=verified.event_id if verified else None,
        verified_envelope=verified.envelope if verified else None,
        token_key=None,
        remark_id=None,
        due_at=None,
        contact=None,
        contact_kind=None,
        remark_event_id=None,
        remark_envelope=None,
    )
    if row["about"] != About.VISIT or not asks_for_an_answer(body.answers, body.comment):
        return new  # nobody would answer: the contact is not kept
    remark = _remark(row, body, now=now)
    opened = outbox.row(remark, now=now)
    return new._replace(
        remark_id=remark.remark_id,
        due_at=remark.due_at,
        contact=contacts.seal(contact, remark.remark_id, privacy),
        contact_kind=contact.kind if contact else None,
        remark_event_id=opened.event_id,
        remark_envelope=opened.envelope,
    )


def _rated(row: Any, body: Submission, rating_id: UUID, *, now: datetime, flagged: bool) -> Rated:
    return Rated(
        rating_id=rating_id,
        about=row["about"],
        organisation=row["organisation"],
        centre=row["centre"],
        desk=row["desk"],
        region=row["region"],
        questionnaire=row["questionnaire"],
        questionnaire_version=row["questionnaire_version"],
        evaluator=_evaluator(row),
        answers=body.answers,
        channel=row["channel"],
        submitted_at=now,
        day=now.astimezone(ZoneInfo(row["time_zone"])).date(),
        flagged=flagged,
    )


def _remark(row: Any, body: Submission, *, now: datetime) -> RemarkOpened:
    return RemarkOpened(
        remark_id=uuid7(now),
        organisation=row["organisation"],
        centre=row["centre"],
        desk=row["desk"],
        evaluator=_evaluator(row),
        opened_at=now,
        due_at=due_at(now, timedelta(hours=row["remark_hours"])),
        negative=not is_positive(body.answers),
        commented=body.comment is not None,
    )


def _evaluator(row: Any) -> str | None:
    """Who asked, where that is not the centre's own organisation."""
    return row["owner"] if row["organisation"] and row["owner"] != row["organisation"] else None
