"""Routes that read a day (api.md "The day in the centre")."""

from __future__ import annotations

from datetime import date as calendar_date
from typing import Annotated

from fastapi import APIRouter

from booking_svc.day import handlers, views
from booking_svc.day.schemas import CentreDay, DeskDay
from services.auth import Principal
from services.context import Ctx, role

router = APIRouter(prefix="/api/v1", tags=["visits"])
Administrator = Annotated[Principal, role("administrator")]
Manager = Annotated[Principal, role("manager", "admin")]


@router.get("/desks/{desk}/day")
async def desk_day(desk: str, context: Ctx, by: Administrator) -> DeskDay:
    """The screen of a desk: who is there, who waits, what was done today. No names."""
    return views.desk_day(context, *await handlers.desk_day(context, desk, by=by))


@router.get("/centres/{centre}/day")
async def centre_day(centre: str, context: Ctx, by: Manager, date: calendar_date | None = None) -> CentreDay:
    """The screen of the manager: a day's flow, desks and times; today unless another is named."""
    return views.centre_day(*await handlers.centre_day(context, centre, date, by=by))
