"""Request and response bodies of ratings that staff take down."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, model_validator

from feedback_svc.sessions.schemas import Body, Comment, Contact, Submission, Value

Key = Annotated[str, Field(max_length=64)]


class TakenDown(Body):
    """What somebody said on the telephone or wrote in a social network."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "centre": "hsc-0741",
                    "channel": "hotline",
                    "answers": {"premises": 4, "services": 4, "staff": 2, "process": 2, "overall": 2},
                    "comment": "Не додзвонитися.",
                    "contact": "+380671234567",
                }
            ]
        }
    )
    desk: Key | None = None
    centre: Key | None = None
    channel: Literal["hotline", "social"]
    answers: Annotated[dict[Key, Value], Field(max_length=50)]
    comment: Comment = None
    contact: Contact = None
    language: Literal["uk", "en", "pl"] = Field(default="uk", description="of the answer to the contact")

    @model_validator(mode="after")
    def either(self) -> TakenDown:
        if (self.desk is None) == (self.centre is None):
            raise ValueError("either a desk or a centre")
        return self

    def submission(self) -> Submission:
        return Submission(answers=self.answers, comment=self.comment, contact=self.contact)


class RatedView(BaseModel):
    id: UUID
    submitted_at: datetime
