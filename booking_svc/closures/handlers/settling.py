"""What becomes of the bookings in a closed time: holds end, confirmed ones are moved or cancelled, each with notice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from booking_svc.bookings.domain import Cooldown, PriorityUsed, SlotFull, Status
from booking_svc.bookings.handlers.ending import cancel_for, expire_hold, given_back
from booking_svc.catalogue.memory import Catalogue
from booking_svc.closures import repository
from booking_svc.closures.domain import Bookings, nearest
from booking_svc.messages.domain import Kind
from booking_svc.messages.planning import tell
from booking_svc.moves.domain import Place
from booking_svc.moves.handlers import relocate
from booking_svc.slots.views import bookable_until
from services.context import Context

AT_ONCE, COUNTED = 50, 10_000
CLOSURES_AT_ONCE = 20
WITHIN_SECONDS = 3.0
"""So long who closes a time waits for its bookings; within the gateway's patience with a write."""
PATIENCE = timedelta(seconds=30)
"""After so long the job goes on with what a request has begun, or a job before."""


@dataclass
class Settled:
    """How many bookings one call has moved, cancelled and expired, and how many are left."""

    moved: int = 0
    cancelled: int = 0
    expired: int = 0
    left: int = 0


async def settle(
    context: Context,
    queues: Sequence[str],
    day: date,
    *,
    since: datetime,
    within_seconds: float = WITHIN_SECONDS,
) -> Settled:
    """Everything in the closed times of that day, as far as it comes within these seconds of real time. `since`: the
    moment of the closing that it is for.
    """
    done, until = Counter[Status](), time.monotonic() + within_seconds
    while left := await _left(context, queues, day):
        for booking_id in left:
            if time.monotonic() > until:
                return await _so_far(context, queues, day, done)
            done.update(await _settle_one(context, booking_id))
    async with context.db.begin() as session:
        await repository.settled(session, queues, day, since=since)
    return _told(done)


async def settle_due(context: Context) -> None:
    """The job: goes on where who closed a time did not come to the end."""
    now = context.clock.now()
    async with context.db.begin() as session:
        due = await repository.due(session, now=now, until=now + PATIENCE, limit=CLOSURES_AT_ONCE)
    for row in due:
        await settle(context, [row.queue], row.date, since=row.since)


async def _left(context: Context, queues: Sequence[str], day: date) -> list[UUID]:
    async with context.db.begin() as session:
        return await repository.left(session, queues, day, limit=AT_ONCE)


async def _so_far(context: Context, queues: Sequence[str], day: date, done: Counter[Status]) -> Settled:
    """The time is over: the job is to go on at once."""
    told = _told(done)
    async with context.db.begin() as session:
        told.left = len(await repository.left(session, queues, day, limit=COUNTED))
        await repository.postpone(session, queues, day, until=context.clock.now())
    return told


def _told(done: Counter[Status]) -> Settled:
    return Settled(done[Status.CONFIRMED], done[Status.CANCELLED], done[Status.EXPIRED])


async def _settle_one(context: Context, booking_id: UUID) -> list[Status]:
    """What it is now; nothing if others were quicker: its owner, a desk that called, or a twin of this."""
    status, places = await look(context, booking_id)
    refused: set[date] = set()
    for place in places:
        if place.day not in refused:
            try:
                return await conclude(context, booking_id, status, place)
            except SlotFull:
                continue
            except (Cooldown, PriorityUsed):
                refused.add(place.day)
    return await conclude(context, booking_id, status, None)


async def look(context: Context, booking_id: UUID) -> tuple[str | None, list[Place]]:
    """Its status, and where it could go, the best first; nowhere if it is to be cancelled or only held."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await repository.take_for_update(session, booking_id)
        if found is None or found.status == Status.HELD or found.bookings == Bookings.CANCEL:
            return found and found.status, []
        catalogue = context.get(Catalogue).snapshot
        until = bookable_until(catalogue, catalogue.centres[found.centre], now=now)
        free = await repository.free(session, found.queue, until=until, now=now)
    return found.status, nearest(free, Place(found.slot_id, found.starts_at, found.visit_date), now=now)


async def conclude(context: Context, booking_id: UUID, status: str | None, to: Place | None) -> list[Status]:
    """One transaction for one booking: to that place, or away. One that is no longer as it was when looked at (a hold
    that was confirmed) is looked at again. Raises `SlotFull`, `Cooldown`, `PriorityUsed`.
    """
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await repository.take_for_update(session, booking_id)
        if found is None or found.status != status:
            return []
        if found.status == Status.HELD:
            ended, news = await expire_hold(session, found, now=now)
        elif to:
            ended, news = await relocate(session, context, found, to, by="centre")
            await tell(session, context, [ended], Kind.MOVED, now=now)
        else:
            ended, news = await cancel_for(session, found, who="centre", now=now)
            await tell(session, context, [ended], Kind.CANCELLED, now=now)
    await given_back(context, found, news)
    return [Status(ended.status)]
