"""Keeps the slots as the schedule wants them: opening day by day, and at once when the schedule changes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue import repository as catalogue_repository
from booking_svc.catalogue.domain import Centre, Queue, Snapshot, hours_on
from booking_svc.catalogue.memory import Catalogue
from booking_svc.closures import repository as closures
from booking_svc.closures.domain import NOTHING, Closed, holds
from booking_svc.slots import repository
from booking_svc.slots.domain import DAY, instant, slots_of, today
from booking_svc.slots.repository import Wanted
from services.context import Context

QUEUES_AT_ONCE = 100
"""About 50,000 rows a statement: half a second, far below the statement timeout."""


class Due(NamedTuple):
    """A queue and the days, both included, whose slots are to be prepared."""

    centre: Centre
    queue: Queue
    first: date
    last: date


async def resync(session: AsyncSession, catalogue: Snapshot, centres: Sequence[Centre], *, now: datetime) -> None:
    """Makes the coming slots of these centres those of the schedule, as far as days are prepared.

    What is missing is added; capacity follows, but never below what is taken; a slot that is no longer scheduled
    takes nobody else. In the caller's transaction, with the catalogue locked.
    """
    every = [(centre, queue) for centre in centres for queue in centre.queues]
    for start in range(0, len(every), QUEUES_AT_ONCE):
        some = every[start : start + QUEUES_AT_ONCE]
        queues = [queue.id for _, queue in some]
        due = [whole(catalogue, centre, queue, now=now) for centre, queue in some if runs(catalogue, centre, queue)]
        closed = await closed_by_hand(session, due)
        wanted = [slot for item in due for slot in scheduled(catalogue, item, closed, now=now)]
        await repository.lock_slots(session, queues, since=now)
        await repository.put_slots(session, wanted)
        await repository.close_others(session, queues, wanted, since=now)
        await repository.mark_prepared(session, {item.queue.id: item.last for item in due})
        await repository.tell_queues(session, queues)


async def open_days(context: Context) -> None:
    """The job: prepares the days that come into the window. Idempotent, and cheap when nothing is due."""
    if unprepared(context.get(Catalogue).snapshot, now=context.clock.now()):
        while await open_some(context):
            pass
        await context.get(Catalogue).refresh()


async def open_some(context: Context) -> bool:
    """Prepares a part of what is due, in a transaction of its own; true if there is more."""
    now = context.clock.now()
    async with context.db.begin() as session:
        await catalogue_repository.lock(session)
        catalogue = await catalogue_repository.load(session)
        due = unprepared(catalogue, now=now)
        some = due[:QUEUES_AT_ONCE]
        if some:
            await extend(session, catalogue, some, now=now)
        if len(some) == len(due):
            await repository.tell_catalogue(session)
        return len(some) < len(due)


async def extend(session: AsyncSession, catalogue: Snapshot, due: Sequence[Due], *, now: datetime) -> None:
    queues = [item.queue.id for item in due]
    since = min(instant(item.first, 0, item.centre.zone) for item in due)
    await repository.lock_slots(session, queues, since=max(since, now))
    closed = await closed_by_hand(session, due)
    await repository.put_slots(session, [slot for item in due for slot in scheduled(catalogue, item, closed, now=now)])
    await repository.mark_prepared(session, {item.queue.id: item.last for item in due})
    await repository.tell_queues(session, queues)


def unprepared(catalogue: Snapshot, *, now: datetime) -> list[Due]:
    """The queues that do not yet have all days, with the missing ones."""
    due = []
    for centre in catalogue.centres.values():
        last = horizon(catalogue, centre, now=now)
        for queue in centre.queues:
            if (queue.prepared_until is None or queue.prepared_until < last) and runs(catalogue, centre, queue):
                missing = whole(catalogue, centre, queue, now=now)
                known = queue.prepared_until
                due.append(missing._replace(first=max(missing.first, known + DAY)) if known else missing)
    return due


def whole(catalogue: Snapshot, centre: Centre, queue: Queue, *, now: datetime) -> Due:
    return Due(centre, queue, today(now, centre.zone), horizon(catalogue, centre, now=now))


def horizon(catalogue: Snapshot, centre: Centre, *, now: datetime) -> date:
    """The last day to be prepared: one more than can be booked even after today's opening, so that the rows are
    there at 06:00:00 tomorrow and only the clock decides (`domain.opens_until`).
    """
    return today(now, centre.zone) + DAY * catalogue.organisation_of(centre).window_days


def runs(catalogue: Snapshot, centre: Centre, queue: Queue) -> bool:
    return queue.active and catalogue.is_open(centre)


async def closed_by_hand(session: AsyncSession, due: Sequence[Due]) -> Closed:
    """What managers have closed of these days."""
    if not due:
        return NOTHING
    first, last = min(item.first for item in due), max(item.last for item in due)
    return await closures.closed(session, [item.queue.id for item in due], first, last)


def scheduled(catalogue: Snapshot, due: Due, closed: Closed, *, now: datetime) -> Iterator[Wanted]:
    """The coming slots that the schedule gives; those closed by hand are there without places."""
    centre, queue = due.centre, due.queue
    organisation = catalogue.organisation_of(centre)
    length = timedelta(minutes=queue.slot_minutes)
    for ordinal in range(due.first.toordinal(), due.last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        for start in slots_of(day, hours_on(day, centre, organisation), queue.slot_minutes, centre.zone):
            if start > now:
                places = 0 if holds(closed, queue.id, start.astimezone(centre.zone)) else queue.capacity
                yield Wanted(queue.id, centre.id, start, start + length, day, places)
