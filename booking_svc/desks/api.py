"""Routes of desks on and off (api.md "The day in the centre")."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter

from booking_svc.desks import handlers
from booking_svc.desks.handlers import Standing
from booking_svc.desks.schemas import DeskView
from services.auth import Principal
from services.context import Ctx, role
from services.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/v1/desks/{desk}", route_class=IdempotentRoute, tags=["visits"])
Manager = Annotated[Principal, role("manager", "admin")]


@router.post("/open")
async def reopen(desk: str, context: Ctx, by: Manager) -> DeskView:
    """It calls again. Opening it again answers the same."""
    return view(await handlers.reopen(context, desk, by=by))


@router.post("/close")
async def close(desk: str, context: Ctx, by: Manager) -> DeskView:
    """It finishes its visitor and calls nobody: 409 `desk_closed`. Closing it again answers the same."""
    return view(await handlers.close(context, desk, by=by))


def view(standing: Standing) -> DeskView:
    centre, desk, since = standing
    return DeskView(
        desk=desk.id,
        number=desk.number,
        centre=centre.id,
        services=list(desk.services),
        open=since is None,
        closed_since=since and since.astimezone(centre.zone),
    )
