"""Use cases of bookings that a pause or the centre took away: move to another time, or lapse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings import repository as bookings
from booking_svc.bookings.domain import (
    Channel,
    Cooldown,
    PriorityUsed,
    SlotFull,
    Status,
    moved_cooldown,
)
from booking_svc.bookings.handlers.events import event_of
from booking_svc.bookings.handlers.reading import speaks_for_centre, visible
from booking_svc.bookings.handlers.times import slot_at
from booking_svc.bookings.repository import Booking, SlotNews
from booking_svc.catalogue.memory import Catalogue
from booking_svc.messages.domain import Kind
from booking_svc.messages.planning import remind, tell
from booking_svc.moves import domain, repository
from booking_svc.moves.domain import Chooser, Place
from booking_svc.slots.memory import FreeSlots
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.booking import BookingCancelled, BookingMoved
from services.outbox import emit

LAPSE_AT_ONCE = 200


async def move(context: Context, booking_id: UUID, starts_at: datetime, *, by: Principal) -> Booking:
    """The booking at its new time, in the online window whatever channel it was booked by; one that is there already
    changes nothing. Its quota stays counted where it was.

    Raises `NothingToMoveFor`, `OutsideWindow`, `SlotFull`, `Cooldown`, `PriorityUsed`, and what the booking's end says.
    """
    now = context.clock.now()
    async with context.db.begin() as session:
        found = visible(await bookings.get_for_update(session, booking_id), by=by, context=context)
        if found.status == Status.CONFIRMED and now < starts_at == found.starts_at:
            return found
        disturbed = await repository.disturbed(session, [found.id], now=now)
        domain.move(Status(found.status), disturbed=found.id in disturbed)
        centre = context.get(Catalogue).snapshot.centres[found.centre]
        to = slot_at(context, centre, found.service, starts_at, channel=Channel.ONLINE, now=now)
        place = Place(to.id, starts_at, to.visit_date)
        moved, news = await relocate(session, context, found, place, by="applicant")
        if speaks_for_centre(found, by):
            await tell(session, context, [moved], Kind.MOVED, now=now)
            await audit.record(session, by, "booking.move", f"booking/{found.id}", now=now)
    context.get(FreeSlots).apply(news)
    return moved


async def relocate(
    session: AsyncSession,
    context: Context,
    found: Booking,
    to: Place,
    *,
    by: Chooser,
) -> tuple[Booking, Sequence[SlotNews]]:
    """A booking, locked by the caller, at another time. `by`: who chose that time; one that the centre chose may be
    left again. Raises `SlotFull`, `Cooldown`, `PriorityUsed`; then the transaction has to end.
    """
    now = context.clock.now()
    news = await repository.move_place(session, found.slot_id, to.slot_id)
    if not news:
        raise SlotFull
    if to.day != found.visit_date:
        await _ensure_apart(session, found, to.day)
    moved = await bookings.store_moved(session, found, to, displaced_at=now if by == "centre" else None)
    times = {"starts_at": moved.starts_at, "moved_from": found.starts_at, "moved_from_date": found.visit_date}
    await emit(session, event_of(BookingMoved, moved, now=now, by=by, **times), now=now)
    await remind(session, context, moved, now=now)
    return moved, news


async def _ensure_apart(session: AsyncSession, found: Booking, day: date) -> None:
    """What else the person has booked for this service keeps its distance, and priority is used once that day."""
    until = moved_cooldown(found.cooldown_until, found.visit_date, day)
    if until is None and found.priority is None:
        return
    others = await repository.others_of_person(session, found, day, until)
    if until and others.cooling_until:
        raise Cooldown(others.cooling_until)
    if found.priority and others.priority_used:
        raise PriorityUsed


async def movable(context: Context, bookings: Sequence[Booking]) -> set[UUID]:
    """Those that `move` would let move now, to a time that is free."""
    catalogue = context.get(Catalogue)
    asked = [
        found.id
        for found in bookings
        if found.status == Status.CONFIRMED and catalogue.queue(found.centre, found.service)
    ]
    if not asked:
        return set()
    async with context.db.begin() as session:
        return set(await repository.disturbed(session, asked, now=context.clock.now()))


async def lapse(context: Context) -> None:
    """The job: what a pause or the centre took away and nobody moved is cancelled by the one or the other, and never
    counts.
    """
    while len(await _lapse_some(context)) == LAPSE_AT_ONCE:
        continue


async def _lapse_some(context: Context) -> Sequence[Booking]:
    now = context.clock.now()
    rules = context.get(Catalogue).snapshot.organisations.values()
    if not rules:
        return []
    before = now - min(timedelta(days=one.window_days) for one in rules)
    async with context.db.begin() as session:
        ended = await repository.lapse(session, before=before, now=now, limit=LAPSE_AT_ONCE)
        news = await bookings.give_back(session, [found.slot_id for found in ended])
        told = (event_of(BookingCancelled, found, now=now, by=found.cancelled_by, was="confirmed") for found in ended)
        await emit(session, *told, now=now)
    context.get(FreeSlots).apply(news)
    return ended
