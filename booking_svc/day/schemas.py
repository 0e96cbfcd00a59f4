"""What a desk and a manager are shown of the day (api.md "The day in the centre"). Times in the centre's zone."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from pydantic import BaseModel, Field

from booking_svc.pauses.schemas import PauseView
from booking_svc.visits.schemas import VisitView


class WaitingView(BaseModel):
    """A visitor of today who is not yet called."""

    visit: UUID
    ticket: int
    service: str
    starts_at: datetime
    checked_in_at: datetime | None
    priority: str | None
    here: bool = Field(description="checked in: can be called")


class FiguresView(BaseModel):
    """What the desk has done today."""

    called: int = Field(description="visitors called, one who was skipped and called again twice")
    served: int
    failed: int
    missing_documents: int
    refused: int
    missed: int = Field(description="who did not come to the desk after the last call")
    mean_serving_seconds: int | None = Field(description="from start to finish, pauses left out")


class DeskDay(BaseModel):
    """`visit`: who is at the desk now, whatever day it was booked for. `waiting`: first who is here, in the order in
    which they would be called, then who is still to come.
    """

    desk: str
    number: int
    centre: str
    now: datetime
    paused: PauseView | None
    open: bool
    services: list[str]
    visit: VisitView | None
    waiting: list[WaitingView]
    figures: FiguresView


class CountsView(BaseModel):
    """Of the day's bookings."""

    booked: int = Field(description="all but the cancelled")
    checked_in: int = Field(description="of those, who came, whatever became of the visit")
    waiting: int = Field(description="checked in and not yet called")
    called: int
    serving: int
    finished: int
    refused: int
    missed: int
    cancelled: int


class HourView(BaseModel):
    """An hour of the wall clock: booked times, check-ins, services that ended in it."""

    hour: int
    booked: int
    arrived: int
    served: int


class AtDesk(BaseModel):
    ticket: int
    status: str
    service: str
    since: datetime = Field(description="of the call, once serving of the start")


class DeskOfDay(BaseModel):
    id: str
    number: int
    services: list[str]
    open: bool
    visit: AtDesk | None
    served: int = Field(description="services that ended there, whatever their outcome")
    mean_serving_seconds: int | None


class SlotView(BaseModel):
    queue: str
    services: list[str]
    starts_at: datetime
    capacity: int
    taken: int
    closed: bool


class ClosureView(BaseModel):
    """A part of the day that a manager closed for a queue, by the centre's clock."""

    queue: str
    first: str = Field(serialization_alias="from")
    until: str


class CentreDay(BaseModel):
    """`desks` are as they stand now; all else is of `date`. `closures` are there for days without slots yet, too."""

    centre: str
    date: date
    now: datetime
    paused: PauseView | None
    counts: CountsView
    hours: list[HourView]
    desks: list[DeskOfDay]
    slots: list[SlotView]
    closures: list[ClosureView]
