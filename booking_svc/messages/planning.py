"""What is to be told is decided in the transaction that makes it so; whether it is still true, when it is sent."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.domain import Centre
from booking_svc.catalogue.memory import Catalogue
from booking_svc.messages import repository
from booking_svc.messages.domain import Kind, Night, due, reminders
from booking_svc.messages.repository import Place, Planned
from services.context import Context
from services.ids import uuid7


async def remind(session: AsyncSession, context: Context, booking: Booking, *, now: datetime) -> None:
    """The reminders of a visit, when it is confirmed or moved. Those of an earlier time are dropped when due."""
    if booking.contact is None or (night := night_of(context, booking.centre)) is None:
        return
    planned = reminders(booking.starts_at, now=now, night=night)
    rows = [_planned(booking, kind, due_at, now=now) for kind, due_at in planned.items()]
    await repository.plan(session, rows, now=now)


async def tell(
    session: AsyncSession, context: Context, bookings: Sequence[Booking], kind: Kind, *, now: datetime
) -> None:
    """What the centre changed, to all whom it concerns: at once, or in the morning."""
    rows = []
    for booking in bookings:
        night = night_of(context, booking.centre) if booking.contact is not None else None
        if night and now < booking.starts_at and (due_at := due(now, booking.starts_at, night=night)):
            rows.append(_planned(booking, kind, due_at, now=now))
    await repository.plan(session, rows, now=now)


async def tell_paused(session: AsyncSession, context: Context, centres: Sequence[Centre], *, now: datetime) -> None:
    """That these centres have paused, to those who are to come today and are not there yet."""
    places = []
    for centre in centres:
        if night := night_of(context, centre.id):
            due_at = night.end(now) if night.holds(now) else now
            places.append(Place(centre.id, now.astimezone(centre.zone).date(), due_at))
    await repository.plan_paused(session, places, now=now)


def night_of(context: Context, centre: str) -> Night | None:
    """The quiet hours there; None for a centre that this process does not know yet."""
    catalogue = context.get(Catalogue)
    place: Centre | None = catalogue.centre(centre)
    if place is None:
        return None
    rules = catalogue.organisation(place.organisation)
    return Night(rules.quiet_from, rules.quiet_until, place.zone)


def _planned(booking: Booking, kind: Kind, due_at: datetime, *, now: datetime) -> Planned:
    return Planned(uuid7(now), booking.id, kind, booking.starts_at, due_at)
