"""Request and response bodies of policies."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from feedback_svc.policies.domain import Policy


class PolicyFields(BaseModel):
    valid_from: date = Field(examples=["2027-01-01"])
    session_minutes: Annotated[int, Field(ge=1, le=60)] = Field(default=10, description="how long a session lives")
    remark_hours: Annotated[int, Field(ge=1, le=720)] = Field(description="until when a remark is to be answered")
    burst_ratings: Annotated[int, Field(ge=1, le=1000)] = Field(description="so many of a desk are possible")
    burst_minutes: Annotated[int, Field(ge=1, le=1440)] = Field(description="within so many minutes")


class PolicyBody(PolicyFields):
    model_config = ConfigDict(extra="forbid", frozen=True)

    def policy(self, organisation: str) -> Policy:
        return Policy(organisation=organisation, **self.model_dump())


class PolicyView(PolicyFields):
    organisation: str

    @classmethod
    def of(cls, policy: Policy) -> PolicyView:
        return cls(**vars(policy))


class PolicyList(BaseModel):
    items: list[PolicyView]
    next: None = None
