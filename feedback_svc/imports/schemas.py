"""A line of the import, and what came of all of them."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from feedback_svc.ratings.domain import Channel
from feedback_svc.sessions.schemas import MAX_COMMENT, Value, blank_is_none

Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]


def written(value: object) -> object:
    """Seconds since 1970 would be taken for a time as well."""
    if not isinstance(value, str):
        raise ValueError("must be an RFC 3339 time with offset")
    return value


class Asked(BaseModel):
    """A questionnaire's version."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    id: Key
    version: Annotated[int, Field(ge=1, le=1_000_000)]


class Line(BaseModel):
    """A past rating. `external_id` is the sender's own: of an organisation each is taken once."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        json_schema_extra={
            "examples": [
                {
                    "external_id": "2025-000001",
                    "desk": "hsc-0741-1",
                    "submitted_at": "2025-03-04T10:15:00+02:00",
                    "answers": {"premises": 4, "services": 4, "staff": 4, "process": 3, "overall": 4},
                    "comment": "Дякую",
                }
            ]
        },
    )
    external_id: Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]+$")]
    desk: Key | None = None
    centre: Key | None = None
    submitted_at: Annotated[AwareDatetime, BeforeValidator(written)]
    answers: Annotated[dict[Key, Value], Field(max_length=50)]
    comment: Annotated[
        Annotated[str, StringConstraints(strip_whitespace=True, max_length=MAX_COMMENT)] | None,
        BeforeValidator(blank_is_none),
    ] = None
    channel: Channel = Channel.QR
    questionnaire: Asked | None = Field(default=None, description="null: what the organisation asks now")

    @model_validator(mode="after")
    def either(self) -> Line:
        if (self.desk is None) == (self.centre is None):
            raise ValueError("either a desk or a centre")
        return self


class LineError(BaseModel):
    line: int = Field(examples=[17], description="counted from 1")
    reason: str = Field(examples=["answers.overall: is missing"])


class Imported(BaseModel):
    """What came of the stream. `repeated`: had been taken before."""

    imported: int
    repeated: int
    rejected: int
    errors: list[LineError] = Field(description="the first ones")
    errors_left_out: int = Field(description="how many more lines were rejected than are named")
    finished_at: datetime
