"""The route of moving a booking (api.md "Bookings")."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter

from booking_svc.bookings.api import PREFIX
from booking_svc.bookings.schemas import BookingView
from booking_svc.bookings.views import view_in_line
from booking_svc.moves import handlers
from booking_svc.moves.schemas import Move
from services.context import Ctx, Who
from services.idempotency import IdempotentRoute

router = APIRouter(prefix=PREFIX, route_class=IdempotentRoute, tags=["bookings"])


@router.post("/{booking_id}/move")
async def move(booking_id: UUID, body: Move, context: Ctx, by: Who) -> BookingView:
    """To another time of the same centre and service, after a pause or a change by the centre. No quota is used."""
    return await view_in_line(context, await handlers.move(context, booking_id, body.starts_at, by=by), by=by)
