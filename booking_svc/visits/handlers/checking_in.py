"""The visitor is there: by the booking, by the ticket's QR code, or by its number."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.handlers.events import event_of
from booking_svc.bookings.repository import Booking
from booking_svc.bookings.tickets import Tickets
from booking_svc.catalogue.memory import Catalogue
from booking_svc.pauses import handlers as pauses
from booking_svc.visits import domain, repository
from booking_svc.visits.handlers.reading import centre_of, get_for_update, in_own_centre, snapshot, today
from services.auth import Principal
from services.context import Context
from services.contracts.visits import VisitCheckedIn
from services.errors import Forbidden, InvalidRequest
from services.outbox import emit


async def check_in(context: Context, visit_id: UUID, *, by: Principal) -> Booking:
    """Can be called from then on; again changes nothing. Raises `CheckInTooEarly`, `CheckInTooLate`."""
    async with context.db.begin() as session:
        return await _check_in(session, await get_for_update(session, visit_id, by=by), context)


async def check_in_by_token(context: Context, token: str, *, by: Principal) -> Booking:
    """The token out of the ticket's QR code."""
    try:
        visit_id = context.get(Tickets).read(token)
    except ValueError:
        raise InvalidRequest.field("ticket_token", "this is not a ticket of ours") from None
    return await check_in(context, visit_id, by=by)


async def check_in_by_number(context: Context, number: int, *, priority: bool, by: Principal) -> Booking:
    """A number of today in the caller's own centre. Raises `NotFound`."""
    centre = context.get(Catalogue).centre(by.centre or "")
    if centre is None:
        raise Forbidden
    async with context.db.begin() as session:
        found = await repository.by_ticket_for_update(
            session, centre=centre.id, day=today(context, centre).day, number=number, priority=priority
        )
        return await _check_in(session, in_own_centre(found, by=by), context)


async def _check_in(session: AsyncSession, found: Booking, context: Context) -> Booking:
    centre = centre_of(context, found)
    moment = today(context, centre)
    exempt = await pauses.took_away(context, session, found, now=moment.now)
    if not domain.check_in(snapshot(found, centre), moment, exempt=exempt):
        return found
    stored = await repository.store(session, found.id, checked_in_at=moment.now)
    await emit(session, event_of(VisitCheckedIn, stored, now=moment.now), now=moment.now)
    return stored
