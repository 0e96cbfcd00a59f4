"""Times of a day are closed, and opened again.

A closure is a part of the schedule: with it `slots.handlers.resync` makes the slots' `scheduled` 0, under the locks of
every claim. From that commit on nobody gets a place in them, so that the bookings in them only become fewer, and are
settled afterwards, one transaction each (`settling.py`): who cancels or moves locks the booking first and its slot
then, and a transaction that had the slots already would wait for them crosswise.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue import repository as catalogue_repository
from booking_svc.catalogue.convert import minutes
from booking_svc.catalogue.domain import Centre, Snapshot
from booking_svc.catalogue.memory import Catalogue
from booking_svc.catalogue.permissions import ensure_manages
from booking_svc.closures import repository
from booking_svc.closures.domain import DAY_MINUTES, FARTHEST, Bookings, Closed, Interval
from booking_svc.closures.handlers.settling import PATIENCE, Settled, settle
from booking_svc.closures.repository import Part
from booking_svc.closures.schemas import ClosePost, TimePost
from booking_svc.slots.domain import today
from booking_svc.slots.handlers import Due, resync, runs, scheduled
from booking_svc.slots.listener import Listener
from booking_svc.slots.repository import Wanted
from services import audit
from services.auth import Principal
from services.context import Context
from services.errors import InvalidRequest, NotFound


class Slots(NamedTuple):
    """How many coming slots of a time are closed and open now."""

    closed: int
    opened: int


class Order(NamedTuple):
    """What a manager wants of which centre."""

    centre: str
    part: Part
    body: TimePost
    by: Principal


async def close(context: Context, key: str, body: ClosePost, *, by: Principal) -> tuple[Slots, Settled]:
    """Closes the time and settles the bookings in it, as many as it can in a few seconds; a job goes on with the rest.
    Closing again changes nothing but goes on, too. Raises `NotFound`, `Forbidden`, `InvalidRequest`.
    """
    order = order_of(context, key, body, by=by)
    slots, since = await begin(context, order, body.bookings)
    return slots, await settle(context, order.part.queues, order.part.date, since=since)


async def begin(context: Context, order: Order, bookings: Bookings) -> tuple[Slots, datetime]:
    """Closes the time, with the moment of that; the bookings in it are still there."""
    async with context.db.begin() as session:
        await catalogue_repository.lock(session)
        now = context.clock.now()
        before = await _closed(session, order.part)
        await repository.add(session, order.part, bookings, by=order.by.sub, now=now, due_at=now + PATIENCE)
        slots = await _follow(session, order, "slots.close", before, now=now)
    await context.get(Listener).catch_up(list(order.part.queues))
    return slots, now


async def reopen(context: Context, key: str, body: TimePost, *, by: Principal) -> Slots:
    """Gives the times back, as far as the schedule has them. Raises as `close` does."""
    order = order_of(context, key, body, by=by)
    async with context.db.begin() as session:
        await catalogue_repository.lock(session)
        before = await _closed(session, order.part)
        await repository.subtract(session, order.part)
        slots = await _follow(session, order, "slots.open", before, now=context.clock.now())
    await context.get(Listener).catch_up(list(order.part.queues))
    return slots


def order_of(context: Context, key: str, body: TimePost, *, by: Principal) -> Order:
    """Raises `NotFound`, `Forbidden`, `InvalidRequest`."""
    centre = context.get(Catalogue).centre(key)
    if centre is None:
        raise NotFound
    ensure_manages(by, centre)
    queues = [queue.id for queue in centre.queues if queue.active and body.queue in (None, queue.id)]
    if not queues and body.queue is not None:
        raise InvalidRequest.field("queue", "the centre has no such queue")
    current = today(context.clock.now(), centre.zone)
    if not current <= body.date <= current + FARTHEST:
        raise InvalidRequest.field("date", "must be today or within a year from today")
    return Order(key, Part(queues, body.date, _interval(body)), body, by)


def _interval(body: TimePost) -> Interval:
    first = minutes(body.first) if body.first else 0
    last = minutes(body.until) if body.until else DAY_MINUTES
    if first >= last:
        raise InvalidRequest.field("until", "must be later than `from`")
    return first, last


async def _closed(session: AsyncSession, part: Part) -> Closed:
    return await repository.closed(session, part.queues, part.date, part.date)


async def _follow(session: AsyncSession, order: Order, action: str, before: Closed, *, now: datetime) -> Slots:
    """The slots of these queues become what the schedule with its closures gives; it is audited if those changed."""
    catalogue = await catalogue_repository.load(session)
    centre, part = catalogue.centres[order.centre], order.part
    centre = replace(centre, queues=tuple(queue for queue in centre.queues if queue.id in part.queues))
    await resync(session, catalogue, [centre], now=now)
    closed = await _closed(session, part)
    if closed != before:
        details = order.body.model_dump(mode="json", by_alias=True, exclude_none=True)
        await audit.record(session, order.by, action, f"centre/{centre.id}", now=now, details=details)
    within = list(_within(catalogue, centre, part, closed, now=now))
    return Slots(sum(not slot.scheduled for slot in within), sum(bool(slot.scheduled) for slot in within))


def _within(catalogue: Snapshot, centre: Centre, part: Part, closed: Closed, *, now: datetime) -> Iterator[Wanted]:
    """The coming slots of the part, those of days that are not prepared yet included."""
    for queue in centre.queues:
        if runs(catalogue, centre, queue):
            for slot in scheduled(catalogue, Due(centre, queue, part.date, part.date), closed, now=now):
                local = slot.starts_at.astimezone(centre.zone)
                if part.interval[0] <= local.hour * 60 + local.minute < part.interval[1]:
                    yield slot
