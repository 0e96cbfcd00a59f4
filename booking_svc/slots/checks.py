"""For `doctor`: what is wrong with the catalogue and with the slots that it should give."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from booking_svc.catalogue import repository as catalogue_repository
from booking_svc.catalogue.domain import Snapshot
from booking_svc.catalogue.drafts import editable
from booking_svc.catalogue.validation import capacity_flaws
from booking_svc.closures.domain import Closed
from booking_svc.slots import repository
from booking_svc.slots.handlers import closed_by_hand, runs, scheduled, unprepared, whole
from services.context import Context

PATIENCE = timedelta(seconds=10)
"""The job has this long to open a day."""


async def check(context: Context) -> list[str]:
    """In a state read from the database, not from memory."""
    now = context.clock.now()
    async with context.db.begin() as session:
        catalogue = await catalogue_repository.load(session)
        counted = await repository.count_scheduled(session, since=now)
        every = [
            whole(catalogue, centre, queue, now=now) for centre in catalogue.centres.values() for queue in centre.queues
        ]
        closed = await closed_by_hand(session, every)
    return [*catalogue_findings(catalogue), *slot_findings(catalogue, counted, closed, now=now)]


def catalogue_findings(catalogue: Snapshot) -> Iterator[str]:
    for centre in catalogue.centres.values():
        if not catalogue.is_open(centre):
            continue
        if not any(centre.hours):
            yield f"centre {centre.id} has no opening hours"
        for queue in centre.queues:
            if queue.active and not any(catalogue.services[code].active for code in queue.services):
                yield f"queue {queue.id} has no service that can be booked"
        for flaw in capacity_flaws("queues", editable(centre)):
            yield f"centre {centre.id}: {flaw.field}: {flaw.reason}"


def slot_findings(catalogue: Snapshot, counted: dict[str, int], closed: Closed, *, now: datetime) -> Iterator[str]:
    late = {due.queue.id for due in unprepared(catalogue, now=now - PATIENCE)}
    fresh = {due.queue.id for due in unprepared(catalogue, now=now)}
    for centre in catalogue.centres.values():
        for queue in centre.queues:
            if queue.id in late:
                yield f"queue {queue.id}: days are missing after {queue.prepared_until or 'today'}"
            elif queue.id not in fresh:
                expected = 0
                if runs(catalogue, centre, queue):
                    days = whole(catalogue, centre, queue, now=now)
                    expected = sum(slot.scheduled > 0 for slot in scheduled(catalogue, days, closed, now=now))
                if expected != counted.get(queue.id, 0):
                    yield f"queue {queue.id}: {counted.get(queue.id, 0)} slots, the schedule gives {expected}"
