"""A booking ends before the visit: its owner cancels it, or its hold runs out. The place goes back at once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings import domain, repository
from booking_svc.bookings.domain import Status
from booking_svc.bookings.handlers.events import event_of, snapshot
from booking_svc.bookings.handlers.giving_back import hint_release
from booking_svc.bookings.handlers.reading import speaks_for_centre, visible
from booking_svc.bookings.repository import Booking, SlotNews
from booking_svc.messages.domain import Kind
from booking_svc.messages.planning import tell
from booking_svc.moves import repository as moves
from booking_svc.slots.memory import FreeSlots
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.booking import BookingCancelled, BookingExpired
from services.contracts.quota import GiveBack
from services.errors import NotFound
from services.outbox import emit

EXPIRE_AT_ONCE = 200


async def cancel(context: Context, booking_id: UUID, *, by: Principal, repeated: bool = False) -> Booking:
    """Cancelled by the applicant, or by the centre's staff or because of a pause (then it never counts). A repeated
    request changes nothing.

    Raises `AlreadyCancelled`, `HoldExpired`, `IllegalTransition` once it is called.
    """
    now = context.clock.now()
    async with context.db.begin() as session:
        found = visible(await repository.get_for_update(session, booking_id), by=by, context=context)
        if repeated and found.status == Status.CANCELLED:
            return found
        who = await _on_whose_side(session, found, by, now=now)
        cancelled, news = await cancel_for(session, found, who=who, now=now)
        if speaks_for_centre(found, by):
            await audit.record(session, by, "booking.cancel", f"booking/{found.id}", now=now)
            await tell(session, context, [cancelled], Kind.CANCELLED, now=now)
    await given_back(context, found, news)
    return cancelled


async def cancel_as_applicant(context: Context, booking_id: UUID) -> Booking:
    """By whoever has the link out of a message. Raises what `cancel` raises, and `NotFound`."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await repository.get_for_update(session, booking_id)
        if found is None:
            raise NotFound
        who = await _on_whose_side(session, found, None, now=now)
        cancelled, news = await cancel_for(session, found, who=who, now=now)
    await given_back(context, found, news)
    return cancelled


async def cancel_for(
    session: AsyncSession, found: Booking, *, who: str, now: datetime
) -> tuple[Booking, Sequence[SlotNews]]:
    """The booking, locked by the caller, cancelled by `applicant`, `centre` or `alert`. Once that is committed,
    `given_back` is to follow. Raises as `cancel` does.
    """
    domain.cancel(snapshot(found), now=now)
    cancelled = await repository.store_cancelled(session, found, by=who, now=now)
    news = await repository.give_back(session, [found.slot_id])
    await emit(session, event_of(BookingCancelled, found, now=now, by=who, was=found.status), now=now)
    return cancelled, news


async def expire_hold(session: AsyncSession, found: Booking, *, now: datetime) -> tuple[Booking, Sequence[SlotNews]]:
    """A hold, locked by the caller, ends before its time. Then as after `cancel_for`."""
    expired = await repository.store_expired(session, found, now=now)
    news = await repository.give_back(session, [found.slot_id])
    await emit(session, event_of(BookingExpired, found, now=now), now=now)
    return expired, news


async def given_back(context: Context, found: Booking, news: Sequence[SlotNews]) -> None:
    """Memory and, of a hold, quota_svc know it at once."""
    context.get(FreeSlots).apply(news)
    if found.status == Status.HELD:
        await hint_release(context, [GiveBack(booking_id=found.id)])


async def _on_whose_side(session: AsyncSession, found: Booking, by: Principal | None, *, now: datetime) -> str:
    """Who the cancellation is down to: the applicant need not pay for a time that a pause or the centre took away.
    Nobody in particular is who has the link.
    """
    if by and speaks_for_centre(found, by):
        return "centre"
    if found.status == Status.CONFIRMED:
        return (await moves.disturbed(session, [found.id], now=now)).get(found.id, "applicant")
    return "applicant"


async def expire(context: Context) -> None:
    """The job: holds that have run out give their places back."""
    while len(expired := await _expire_some(context)) == EXPIRE_AT_ONCE:
        continue
    if expired:
        await hint_release(context, [GiveBack(booking_id=found.id) for found in expired])


async def _expire_some(context: Context) -> Sequence[Booking]:
    now = context.clock.now()
    async with context.db.begin() as session:
        expired = await repository.expire(session, now=now, limit=EXPIRE_AT_ONCE)
        news = await repository.give_back(session, [found.slot_id for found in expired])
        await emit(session, *(event_of(BookingExpired, found, now=now) for found in expired), now=now)
    context.get(FreeSlots).apply(news)
    return expired
