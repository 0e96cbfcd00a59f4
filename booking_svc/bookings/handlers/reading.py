"""Who may see a booking, and its reading; every reading by staff is audited (domain.md "Personal data")."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings import repository
from booking_svc.bookings.applicants import identity_of, keys_of
from booking_svc.bookings.repository import Booking
from services import audit
from services.auth import Principal
from services.context import Context
from services.errors import NotFound, Problem

STAFF = ("administrator", "manager", "terminal")


async def get(context: Context, booking_id: UUID, *, by: Principal) -> Booking:
    """The caller's own booking, or one of the staff's own centre. Raises `NotFound` for anybody else's."""
    async with context.db.begin() as session:
        found = visible(await repository.get(session, booking_id), by=by, context=context)
        await note_reading(session, found, by=by, context=context)
    return found


async def own(context: Context, *, by: Principal, before: UUID | None, limit: int) -> Sequence[Booking]:
    """The caller's own bookings, the newest first."""
    keys = keys_of(identity_of(by), context.privacy)
    async with context.db.begin() as session:
        return await repository.of_person(session, keys.person, keys.applicant, before=before, limit=limit)


def visible(found: Booking | None, *, by: Principal, context: Context) -> Booking:
    """The booking, if the caller may see it; else it does not exist for them."""
    if found is None or not (_in_own_centre(found, by) or is_own(found, by, context)):
        raise NotFound
    return found


def speaks_for_centre(found: Booking, by: Principal) -> bool:
    """Staff of the centre. A terminal is a device in the visitor's hands."""
    return _in_own_centre(found, by) and by.has("administrator", "manager")


async def note_reading(session: AsyncSession, found: Booking, *, by: Principal, context: Context) -> None:
    if _in_own_centre(found, by):
        now = context.clock.now()
        await audit.record(session, by, "booking.read", f"booking/{found.id}", now=now)


def _in_own_centre(found: Booking, by: Principal) -> bool:
    return by.has(*STAFF) and by.centre == found.centre


def is_own(found: Booking, by: Principal, context: Context) -> bool:
    try:
        keys = keys_of(identity_of(by), context.privacy)
    except Problem:
        return False
    return found.person_key in keys.person and found.applicant_key in keys.applicant
