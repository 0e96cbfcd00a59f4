"""Request and response bodies of remarks (api.md "Feedback")."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from feedback_svc import words
from feedback_svc.remarks.domain import State
from feedback_svc.remarks.repository import Remark
from services.messages import Address
from services.privacy import Privacy


class AnswerBody(BaseModel):
    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={"examples": [{"text": "Дякуємо! Ми відкрили ще одне вікно зранку."}]},
    )
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]


class RemarkView(BaseModel):
    """`contact`: what kind was left; the answer is sent there. `told`: what became of that."""

    id: UUID
    centre: str = Field(examples=["hsc-0741"])
    desk: str | None = Field(examples=["hsc-0741-1"])
    state: State
    opened_at: datetime
    due_at: datetime = Field(description="until when the organisation has promised to react")
    answers: dict[str, int] = Field(examples=[{"premises": 4, "services": 4, "staff": 2, "process": 3, "overall": 2}])
    channel: str
    verified: bool = Field(description="by the token of a real visit")
    flagged: bool = Field(description="one of more ratings than the desk's visits could give")
    comment: str | None = Field(description="null: there was none, or it has been erased")
    contact: Literal["email", "phone"] | None
    answered_at: datetime | None
    answer: str | None
    told: Literal["waiting", "sent", "failed"] | None

    @classmethod
    def of(cls, row: Remark, privacy: Privacy) -> RemarkView:
        return cls(
            id=row.id,
            centre=row.centre,
            desk=row.desk,
            state=State(row.state),
            opened_at=row.opened_at,
            due_at=row.due_at,
            answers=row.answers,
            channel=row.channel,
            verified=row.verified,
            flagged=row.flagged,
            comment=words.open_comment(row.comment, row.rating_id, privacy),
            contact=row.contact_kind if row.contact is not None else None,
            answered_at=row.answered_at,
            answer=words.open_answer(row.answer, row.id, privacy),
            told=told(row),
        )


def told(row: Remark) -> Literal["waiting", "sent", "failed"] | None:
    """What became of the answer; None where there is nobody to tell."""
    if row.state == State.OPEN or row.contact_kind is None:
        return None
    if row.outcome is None:
        return "waiting"
    return "sent" if row.outcome == "sent" else "failed"


class RemarkList(BaseModel):
    items: list[RemarkView]
    next: str | None


class ContactView(BaseModel):
    kind: Literal["email", "phone"]
    value: str = Field(examples=["+380671234567"])

    @classmethod
    def of(cls, address: Address) -> ContactView:
        return cls(kind=address.kind, value=address.value)
