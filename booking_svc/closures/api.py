"""Routes of times that are closed and opened by hand (api.md "The day in the centre")."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter

from booking_svc.closures import handlers
from booking_svc.closures.schemas import ClosedView, ClosePost, OpenedView, TimePost
from services.auth import Principal
from services.context import Ctx, role
from services.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/v1/centres/{centre}/slots", route_class=IdempotentRoute, tags=["visits"])
Manager = Annotated[Principal, role("manager", "admin")]


@router.post("/close")
async def close(centre: str, body: ClosePost, context: Ctx, by: Manager) -> ClosedView:
    """These times are neither shown nor given any more. Holds in them end; confirmed bookings are moved to the nearest
    free time of the same queue or, where there is none or it was asked for, cancelled without using quota; each with
    notice. Closing again goes on with what is left.
    """
    slots, settled = await handlers.close(context, centre, body, by=by)
    return ClosedView(closed=slots.closed, **asdict(settled))


@router.post("/open")
async def reopen(centre: str, body: TimePost, context: Ctx, by: Manager) -> OpenedView:
    """The times are given again, as far as the schedule has them; what was moved stays where it is."""
    return OpenedView(opened=(await handlers.reopen(context, centre, body, by=by)).opened)
