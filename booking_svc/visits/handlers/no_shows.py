"""Who never came is a no-show; quota_svc hears of it and decides what follows."""

from __future__ import annotations

from datetime import timedelta

from booking_svc.bookings.handlers.events import event_of
from booking_svc.visits import repository
from services.context import Context
from services.contracts.visits import VisitMissed
from services.outbox import emit

MARK_AT_ONCE = 200
PATIENCE = timedelta(seconds=30)
"""The job has this long."""


async def mark_no_shows(context: Context) -> None:
    """The job: whoever is not checked in by the grace after the booked time is missed. The place stays used."""
    while await _mark_some(context) == MARK_AT_ONCE:
        continue


async def _mark_some(context: Context) -> int:
    now = context.clock.now()
    async with context.db.begin() as session:
        marked = await repository.mark_no_shows(session, now=now, limit=MARK_AT_ONCE)
        told = [event_of(VisitMissed, found, now=now, because="not_checked_in") for found in marked]
        await emit(session, *told, now=now)
    return len(marked)


async def check(context: Context) -> list[str]:
    """For `doctor`: no-shows that should have been marked, visits that lack a period of the ledger."""
    async with context.db.begin() as session:
        late = await repository.overdue(session, before=context.clock.now() - PATIENCE)
        untold = await repository.without_periods(session)
    findings = [f"visit {row.id} is {row.status} and lacks a period in the ledger" for row in untold]
    return findings + ([f"{late} visitors did not come and are not marked as missed"] if late else [])
