"""Whose visit it is: staff works in the own centre only."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings import repository as bookings
from booking_svc.bookings.domain import Status
from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.domain import Centre, Desk
from booking_svc.catalogue.memory import Catalogue
from booking_svc.visits.domain import Today, Visit
from services.auth import Principal
from services.context import Context
from services.errors import Forbidden, IllegalTransition, NotFound


async def get(context: Context, visit_id: UUID, *, by: Principal) -> Booking:
    """A visit of the caller's own centre, without its names."""
    async with context.db.begin() as session:
        found = in_own_centre(await bookings.get(session, visit_id), by=by)
    if found.ticket_number is None:
        raise NotFound  # not confirmed: nobody will come
    return found


async def get_for_update(session: AsyncSession, visit_id: UUID, *, by: Principal) -> Booking:
    """Raises `NotFound`, and `Forbidden` for another centre's."""
    return in_own_centre(await bookings.get_for_update(session, visit_id), by=by)


def in_own_centre(found: Booking | None, *, by: Principal) -> Booking:
    if found is None:
        raise NotFound
    if by.centre != found.centre:
        raise Forbidden
    return found


def own_desk(context: Context, desk_id: str, *, by: Principal) -> tuple[Centre, Desk]:
    """The desk, if it is one of the caller's own centre and the catalogue has not switched it off."""
    found = context.get(Catalogue).desk(desk_id)
    if found is None or not found[1].active:
        raise NotFound
    if by.centre != found[0].id:
        raise Forbidden
    return found


def desk_of(found: Booking) -> str:
    """Where the visitor is called to. Raises `IllegalTransition` for who was not called."""
    if found.desk is None:
        raise IllegalTransition(state=found.status)
    desk: str = found.desk
    return desk


def centre_of(context: Context, found: Booking) -> Centre:
    centre = context.get(Catalogue).centre(found.centre)
    assert centre, "centres are never deleted"
    return centre


def today(context: Context, centre: Centre) -> Today:
    now = context.clock.now()
    rules = context.get(Catalogue).organisation(centre.organisation)
    return Today(now, now.astimezone(centre.zone).date(), rules.grace)


def snapshot(found: Booking, centre: Centre) -> Visit:
    return Visit(
        status=Status(found.status),
        visit_date=found.visit_date,
        starts_at=found.starts_at.astimezone(centre.zone),
        checked_in_at=found.checked_in_at,
        calls=found.calls,
        skipped_at=found.skipped_at,
        verified_at=found.verified_at,
    )
