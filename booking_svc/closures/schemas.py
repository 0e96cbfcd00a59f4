"""Request and response bodies of times that are closed and opened by hand (api.md "The day in the centre")."""

from __future__ import annotations

import datetime as dt

from pydantic import BaseModel, Field

from booking_svc.bookings.schemas import Body, Code
from booking_svc.closures.domain import Bookings
from services.contracts.catalogue import LocalTime


class TimePost(Body):
    """`POST /api/v1/centres/{centre}/slots/open`: the slots that begin in a part of a day."""

    date: dt.date
    queue: Code | None = Field(None, description="the id of one queue; all of the centre when left out")
    first: LocalTime | None = Field(None, alias="from", description="by the centre's clock; else from midnight")
    until: LocalTime | None = Field(None, description="slots that begin then stay; else to midnight")


class ClosePost(TimePost):
    """`POST /api/v1/centres/{centre}/slots/close`."""

    bookings: Bookings = Field(description="what becomes of the confirmed bookings in them")


class ClosedView(BaseModel):
    closed: int = Field(description="how many coming slots of that time are closed now")
    moved: int = Field(description="bookings that this call moved to another time")
    cancelled: int
    expired: int = Field(description="holds that ended at once")
    left: int = Field(description="bookings still to be moved or cancelled; that goes on by itself")


class OpenedView(BaseModel):
    opened: int = Field(description="how many coming slots of that time are open now")
