"""Request and response bodies of sessions (api.md "Feedback")."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from feedback_svc.questionnaires.domain import About
from feedback_svc.questionnaires.schemas import QuestionnaireView

MAX_COMMENT, MAX_CONTACT = 4000, 200


def blank_is_none(value: object) -> object:
    """A field of a form that was left empty."""
    return None if isinstance(value, str) and not value.strip() else value


Value = Annotated[int, Field(strict=True, ge=1, le=4)]
Comment = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_COMMENT)] | None,
    BeforeValidator(blank_is_none),
]
Contact = Annotated[
    Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_CONTACT)] | None,
    BeforeValidator(blank_is_none),
]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Opening(Body):
    """By the code of a desk, or by the token of a visit there; or about the booking system, by a citizen who is logged
    in.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"feedback_code": "5v7c0q2m8kz1x9t4n6rj3wd0bs"}]})
    feedback_code: Annotated[str, Field(max_length=100)] | None = None
    visit_token: Annotated[str, Field(max_length=100)] | None = Field(
        default=None, description="in place of the code: the desk where the visit was"
    )
    about: About = About.VISIT
    channel: Literal["qr", "link", "telegram"] = "qr"

    @model_validator(mode="after")
    def either(self) -> Opening:
        if [self.feedback_code, self.visit_token].count(None) != (1 if self.about is About.VISIT else 2):
            raise ValueError("a visit needs feedback_code or visit_token, the booking system neither")
        return self


class PlaceView(BaseModel):
    """What is rated; in the reader's language."""

    organisation: str
    centre: str = Field(examples=["hsc-0741"])
    name: str
    desk: str = Field(examples=["hsc-0741-1"])
    desk_number: int
    time_zone: str = Field(examples=["Europe/Kyiv"])


class SessionView(BaseModel):
    """`id` is a secret: who has it can submit, once, until `expires_at`."""

    id: str
    about: About
    expires_at: datetime
    now: datetime = Field(description="the service's clock, for a countdown")
    place: PlaceView | None = Field(description="null: the booking system")
    questionnaire: QuestionnaireView


class Submission(Body):
    """An answer to every question. Without a contact nobody can be answered, and nobody is known."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "answers": {"premises": 4, "services": 4, "staff": 3, "process": 4, "overall": 4},
                    "comment": "Дякую, все зрозуміло пояснили.",
                    "contact": "olena@example.org",
                }
            ]
        }
    )
    answers: Annotated[dict[Annotated[str, StringConstraints(max_length=64)], Value], Field(max_length=50)]
    comment: Comment = None
    contact: Contact = Field(default=None, description="an e-mail address or a telephone number")
    visit_token: Annotated[str, StringConstraints(max_length=100)] | None = Field(
        default=None, description="of a visit at this desk: makes the rating a verified one, once"
    )


class SubmittedView(BaseModel):
    status: Literal["submitted"] = "submitted"
    submitted_at: datetime
    verified: bool
    due_at: datetime | None = Field(description="until when the centre has to react to a remark; null: it was none")
    answer_to: Literal["email", "phone"] | None = Field(description="where the answer to the remark will be sent")
