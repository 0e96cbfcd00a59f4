"""What becomes of reservations: by events of booking_svc, given back by request, or found orphaned."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Change, Reservation, State
from quota_svc.repository import settling
from services.consumer import Never
from services.context import Context
from services.contracts import booking
from services.contracts.quota import Release, Released
from services.errors import Unavailable

log = structlog.get_logger()
BREACHES = Counter("vizyt_quota_breaches", "Confirmed bookings whose reservation had been released")
EVENTS_TAKE = timedelta(seconds=1)
"""How long past `expires_at` the event of a normal expiry may take, before booking_svc is asked."""
STILL_HELD = timedelta(seconds=5)
"""When to ask again about a booking that is still held."""
ORPHANS_AT_ONCE = 200


class Settlement(NamedTuple):
    """One change of one reservation. `attempt`: who gives back, None: all."""

    booking_id: UUID
    change: Change
    attempt: UUID | None = None


async def settle(
    session: AsyncSession, settlements: Sequence[Settlement], *, now: datetime
) -> tuple[dict[UUID, Reservation], dict[UUID, Reservation]]:
    """Applies the changes in order; gives the reservations that exist, before and after."""
    before = await settling.lock(session, {settlement.booking_id for settlement in settlements})
    after = dict(before)
    for booking_id, change, attempt in settlements:
        if booking_id in after:
            after[booking_id] = after[booking_id].changed(change, attempt=attempt)
    changed = [reservation for booking_id, reservation in after.items() if reservation != before[booking_id]]
    await settling.store(session, changed, now=now)
    return before, after


async def release(context: Context, request: Release) -> Released:
    """Gives back at once what refused attempts had reserved: others may be waiting for the place."""
    settlements = [Settlement(item.booking_id, Change.GIVE_BACK, item.attempt) for item in request.releases]
    async with context.db.begin() as session:
        before, after = await settle(session, settlements, now=context.clock.now())
    freed = (booking_id for booking_id in after if after[booking_id].state is State.RELEASED)
    return Released(released=[booking_id for booking_id in freed if before[booking_id].state is not State.RELEASED])


async def confirmed(session: AsyncSession, events: Sequence[booking.BookingConfirmed], *, now: datetime) -> None:
    """Raises `Never` where a confirmed booking was never reserved here: this store has lost something."""
    settlements = [Settlement(event.booking_id, Change.COMMIT) for event in events]
    _, after = await settle(session, settlements, now=now)
    if missing := [event.booking_id for event in events if event.booking_id not in after]:
        raise Never(f"no reservation for the confirmed booking {missing[0]}")
    await _report_breaches(session, after.values())


async def _report_breaches(session: AsyncSession, reservations: Iterable[Reservation]) -> None:
    """Should be impossible: an orphan is freed only after booking_svc has made sure that it never becomes a booking."""
    broken = [reservation for reservation in reservations if reservation.contradicts_confirmation()]
    for reservation in broken:
        log.error("quota.breach", booking_id=str(reservation.booking_id), because=reservation.released_because)
        BREACHES.inc()
    if broken:
        ids = [reservation.booking_id for reservation in broken]
        await settling.mark_breach(session, ids, "confirmed after its reservation was released")


async def cancelled(session: AsyncSession, events: Sequence[booking.BookingCancelled], *, now: datetime) -> None:
    """Only what the applicant cancels after confirming may go on counting (domain.md §2)."""
    settlements = [
        Settlement(event.booking_id, cancellation(event.by, was_confirmed=event.was == "confirmed")) for event in events
    ]
    await settle(session, settlements, now=now)


async def expired(session: AsyncSession, events: Sequence[booking.BookingExpired], *, now: datetime) -> None:
    await settle(session, [Settlement(event.booking_id, Change.EXPIRE) for event in events], now=now)


async def refused(session: AsyncSession, events: Sequence[booking.BookingRefused], *, now: datetime) -> None:
    """The safety net of `release`, whose answer may have got lost."""
    settlements = [Settlement(event.booking_id, Change.GIVE_BACK, event.attempt) for event in events]
    await settle(session, settlements, now=now)


def cancellation(by: str | None, *, was_confirmed: bool) -> Change:
    return Change.CANCEL if by == "applicant" and was_confirmed else Change.VOID


async def resolve_orphans(context: Context) -> None:
    """Asks booking_svc what became of the bookings whose time is over; never frees on a timer alone (design.md §3)."""
    while True:
        before = context.clock.now() - EVENTS_TAKE
        async with context.db.begin() as session:
            booking_ids = await settling.due(session, before=before, at_most=ORPHANS_AT_ONCE)
        if not booking_ids:
            return
        try:
            answer = await context.bus.ask(booking.Resolve(booking_ids=booking_ids))
        except Unavailable:
            log.info("orphans.wait", reservations=len(booking_ids))
            return
        await _resolve(context, booking_ids, answer.standings)
        if len(booking_ids) < ORPHANS_AT_ONCE:
            return


async def _resolve(context: Context, asked: Sequence[UUID], standings: Sequence[booking.Standing]) -> None:
    now = context.clock.now()
    settlements = [settlement for standing in standings if (settlement := _fate(standing))]
    held = set(asked) - {settlement.booking_id for settlement in settlements}
    async with context.db.begin() as session:
        await settle(session, settlements, now=now)
        if held:
            await settling.ask_again(session, held, at=now + STILL_HELD)
    log.info("orphans.resolved", settled=len(settlements), held=len(held))


def _fate(standing: booking.Standing) -> Settlement | None:
    """What a booking's state means for its reservation; None while it is still held."""
    match standing.state:
        case booking.State.HELD:
            return None
        case booking.State.CONFIRMED:
            return Settlement(standing.booking_id, Change.COMMIT)
        case booking.State.CANCELLED:
            change = cancellation(standing.cancelled_by, was_confirmed=standing.was_confirmed)
            return Settlement(standing.booking_id, change)
        case _:
            return Settlement(standing.booking_id, Change.ORPHAN)
