"""Request and response bodies of pauses (api.md "The day in the centre")."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from booking_svc.pauses.domain import Area, Reason, Scope

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class PausePost(Body):
    """`POST /api/v1/centres/{centre}/pause`."""

    reason: Reason


class AreaBody(Body):
    """All centres of a region (КАТОТТГ or TERYT code), or of an organisation."""

    region: Code | None = None
    organisation: Code | None = None

    @model_validator(mode="after")
    def one_area(self) -> AreaBody:
        if (self.region is None) == (self.organisation is None):
            raise ValueError("either `region` or `organisation`")
        return self

    @property
    def area(self) -> Area:
        if self.region is not None:
            return Area(Scope.REGION, self.region)
        return Area(Scope.ORGANISATION, self.organisation or "")


class PausesPost(AreaBody):
    """`POST /api/v1/pauses`."""

    reason: Reason


class PausesEnd(AreaBody):
    """`POST /api/v1/pauses/end`."""

    reason: Reason | None = Field(
        None, description="ends only the pauses that began for it: an all-clear brings no power"
    )


class PauseView(BaseModel):
    reason: Reason
    since: datetime


class CentrePause(BaseModel):
    """How a centre stands; `since` in its zone."""

    centre: str
    paused: PauseView | None


class Pauses(BaseModel):
    items: list[CentrePause]
    next: None = None
    changed: int = Field(description="how many pauses began or ended with this call; 0 when it was repeated")
    working: list[str] = Field(description="centres in shelters, which go on during an alert")
