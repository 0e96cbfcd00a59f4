"""quota_svc asks what became of bookings; `doctor` asks whether slots and bookings agree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from booking_svc.bookings import repository
from booking_svc.bookings.domain import VISITED, Status
from services.context import Context
from services.contracts.booking import Resolve, Standing, Standings, State, States

TOLD = {
    Status.HELD: State.HELD,
    Status.CONFIRMED: State.CONFIRMED,
    **dict.fromkeys(VISITED, State.CONFIRMED),
    Status.CANCELLED: State.CANCELLED,
    Status.EXPIRED: State.EXPIRED,
    Status.VOID: State.UNKNOWN,
}
HOLD_PATIENCE = timedelta(seconds=30)


async def resolve(context: Context, request: Resolve) -> Standings:
    """Writes tombstones first, so that whatever is `unknown` now stays so (design.md §3)."""
    async with context.db.begin() as session:
        await repository.bury(session, request.booking_ids, now=context.clock.now())
        rows = await repository.standings(session, request.booking_ids)
    return _standings(request.booking_ids, rows)


async def states(context: Context, request: States) -> Standings:
    async with context.db.begin() as session:
        rows = await repository.standings(session, request.booking_ids)
    return _standings(request.booking_ids, rows)


def _standings(asked: Sequence[UUID], rows: Sequence[Any]) -> Standings:
    found = {row.id: row for row in rows}
    return Standings(standings=[_standing(booking_id, found.get(booking_id)) for booking_id in asked])


def _standing(booking_id: UUID, row: Any) -> Standing:
    if row is None:
        return Standing(booking_id=booking_id, state=State.UNKNOWN)
    return Standing(
        booking_id=booking_id,
        state=TOLD[Status(row.status)],
        cancelled_by=row.cancelled_by,
        was_confirmed=row.confirmed_at is not None,
    )


async def check_slots(context: Context) -> list[str]:
    """For `doctor`: slots against bookings, holds that should have run out."""
    async with context.db.begin() as session:
        wrong = await repository.wrong_slots(session)
        stuck = await repository.stuck_holds(session, before=context.clock.now() - HOLD_PATIENCE)
    findings = [f"slot {row.id}: taken {row.taken}, but {row.bookings} bookings take a place" for row in wrong]
    return findings + ([f"{stuck} holds have run out and are still held"] if stuck else [])
