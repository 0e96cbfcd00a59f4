"""What the hall and the manager read (api.md "The day in the centre")."""

from __future__ import annotations

from datetime import date, datetime

from pydantic import BaseModel, ConfigDict, Field


class View(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CallView(View):
    """A ticket at a desk, called or served."""

    ticket: int
    desk: str
    desk_number: int
    called_at: datetime
    calls: int = Field(description="how often it was called; a display may blink when it grows")


class StandstillView(View):
    reason: str
    since: datetime


class WaitView(View):
    """How long those wait who come in this hour; null where too few came in past weeks to say it."""

    queue: str
    services: list[str]
    wait_p50_seconds: int | None
    wait_p90_seconds: int | None
    visits: int | None = Field(description="how many past visits say so")


class BoardView(View):
    """No names. Times in the centre's zone."""

    now: datetime
    calls: list[CallView] = Field(description="the newest first")
    waiting: list[int] = Field(description="tickets in the order of the line")
    paused: StandstillView | None
    waits: list[WaitView]


class Percentiles(BaseModel):
    p50_seconds: int
    p90_seconds: int


class ComparisonView(BaseModel):
    """One queue in one hour of one day."""

    date: date
    hour: int
    queue: str
    visits: int
    waited: Percentiles
    estimated: Percentiles | None = Field(description="as it was shown; null: there was too little to say it")
    estimated_from: int = Field(description="past visits behind the estimate")
    within_p90: int | None = Field(description="how many of the visits waited no longer than the estimated p90")


class Comparisons(BaseModel):
    items: list[ComparisonView]
    next: None = None
