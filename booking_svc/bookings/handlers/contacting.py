"""Where the owner of a booking is told of it, said or taken back while it is held or confirmed."""

from __future__ import annotations

from uuid import UUID

from booking_svc.bookings import contacts, domain, repository
from booking_svc.bookings.domain import Status
from booking_svc.bookings.handlers.events import snapshot
from booking_svc.bookings.handlers.reading import is_own, visible
from booking_svc.bookings.repository import Booking
from booking_svc.bookings.schemas import Contact
from booking_svc.catalogue.memory import Catalogue
from booking_svc.messages.planning import remind
from services.auth import Principal
from services.context import Context
from services.errors import Forbidden


async def put_contact(context: Context, booking_id: UUID, given: Contact | None, *, by: Principal) -> Booking:
    """With this contact in place of any other, or with none. Reminders go where it says when they are sent.

    Raises `InvalidRequest`, `NotFound`, `Forbidden` for staff of the centre, and what `cancel` raises.
    """
    now = context.clock.now()
    async with context.db.begin() as session:
        found = visible(await repository.get_for_update(session, booking_id), by=by, context=context)
        if not is_own(found, by, context):
            raise Forbidden
        domain.change_contact(snapshot(found), now=now)
        zone = context.get(Catalogue).snapshot.centres[found.centre].zone
        sealed = contacts.seal(contacts.contact_of(given, zone, at=""), found.id, context.privacy)
        stored = await repository.store_contact(session, found, sealed)
        if stored.status == Status.CONFIRMED:
            await remind(session, context, stored, now=now)
    return stored
