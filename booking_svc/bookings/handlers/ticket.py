"""Confirming a hold gives the ticket."""

from __future__ import annotations

from uuid import UUID

from booking_svc.bookings import domain, repository
from booking_svc.bookings.handlers.events import event_of, snapshot
from booking_svc.bookings.handlers.reading import visible
from booking_svc.bookings.repository import Booking
from booking_svc.messages.planning import remind
from services.auth import Principal
from services.context import Context
from services.contracts.booking import BookingConfirmed
from services.outbox import emit


async def confirm(context: Context, booking_id: UUID, *, by: Principal) -> Booking:
    """The booking with its ticket; confirming again changes nothing. Raises `HoldExpired`, `AlreadyCancelled`."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = visible(await repository.get_for_update(session, booking_id), by=by, context=context)
        if not domain.confirm(snapshot(found), now=now):
            return found
        confirmed = await repository.store_confirmed(session, found, now=now)
        await emit(session, event_of(BookingConfirmed, found, now=now), now=now)
        await remind(session, context, confirmed, now=now)
    return confirmed
