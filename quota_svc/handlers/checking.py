"""What `doctor` finds: broken sums, missing policies, reservations that nobody resolves, differences to booking_svc."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from uuid import UUID

from quota_svc.domain import State
from quota_svc.repository import blocking, reading
from services.context import Context
from services.contracts import booking
from services.errors import Unavailable

RESOLVE_PATIENCE = timedelta(seconds=60)
UNCHANGED_FOR = timedelta(seconds=10)
"""What changed later than that may differ: its event is under way."""
COMPARED = 20_000
COMPARED_AT_ONCE = 500
SECOND_LOOK_SECONDS = 2.0
SHOWN = 10

Asked = booking.State
MATCHING: Mapping[State, frozenset[booking.State]] = {
    State.RESERVED: frozenset({Asked.HELD, Asked.EXPIRED, Asked.UNKNOWN}),  # to be resolved in its time
    State.COMMITTED: frozenset({Asked.CONFIRMED}),
    State.CANCELLED_COUNTS: frozenset({Asked.CANCELLED}),
    State.RELEASED: frozenset({Asked.CANCELLED, Asked.EXPIRED, Asked.UNKNOWN}),
}
"""As what booking_svc may know the booking of a reservation."""


async def usage_is_the_ledgers_sum(context: Context) -> list[str]:
    async with context.db.begin() as session:
        rows = await reading.differing_usage(session)
    return [
        f"usage {row.organisation}/{row.kind}/{row.channel} of the {row.period} from {row.period_start}: used"
        f" {row.used}, ledger {row.entries}, reservations {row.reservations}"
        for row in rows
    ]


async def every_booking_has_a_limit(context: Context) -> list[str]:
    """Where no policy is in force there is no limit, and `doctor` says so (domain.md §2)."""
    async with context.db.begin() as session:
        rows = await reading.unlimited(session, today=context.clock.now().date())
    return [f"organisation {row.organisation} has no policy in force, so no limit, for: {row.what}" for row in rows]


async def reservations_are_resolved(context: Context) -> list[str]:
    async with context.db.begin() as session:
        late = await reading.overdue(session, before=context.clock.now() - RESOLVE_PATIENCE)
    return [f"{late} reservations wait for more than {RESOLVE_PATIENCE.seconds} s past their expiry"] if late else []


async def no_breach(context: Context) -> list[str]:
    async with context.db.begin() as session:
        return [f"booking {row.booking_id}: {row.breach}" for row in await reading.breaches(session)]


async def every_limit_of_no_shows_blocks(context: Context) -> list[str]:
    async with context.db.begin() as session:
        rows = await blocking.missing(session)
    return [
        f"organisation {row.organisation}: an applicant has {row.no_shows} no-shows in {row.month:%Y-%m}, the limit is"
        f" {row.no_show_limit}, and there is no block"
        for row in rows
    ]


async def bookings_agree(context: Context) -> list[str]:
    """Compares the newest reservations with booking_svc; a difference counts when it is there at a second look."""
    before = context.clock.now() - UNCHANGED_FOR
    async with context.db.begin() as session:
        states = await reading.newest(session, before=before, at_most=COMPARED)
    try:
        suspects = await _differing(context, states)
        if not suspects:
            return []
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        async with context.db.begin() as session:
            states = await reading.unchanged(session, list(suspects), before=before)
        found = await _differing(context, states)
    except Unavailable:
        return ["booking_svc does not answer: reservations were not compared with bookings"]
    lines = [f"booking {key}: reservation {states[key]}, booking {found[key]}" for key in list(found)[:SHOWN]]
    return lines + ([f"and {len(found) - SHOWN} more differences to booking_svc"] if len(found) > SHOWN else [])


async def _differing(context: Context, states: Mapping[UUID, State]) -> dict[UUID, booking.State]:
    """The bookings whose state does not fit their reservation's, with that state."""
    found: dict[UUID, booking.State] = {}
    for booking_ids in _chunks(list(states)):
        answer = await context.bus.ask(booking.States(booking_ids=booking_ids))
        known = {standing.booking_id: standing.state for standing in answer.standings}
        for booking_id in booking_ids:
            state = known.get(booking_id, Asked.UNKNOWN)
            if state not in MATCHING[states[booking_id]]:
                found[booking_id] = state
    return found


def _chunks(ids: Sequence[UUID]) -> Iterable[list[UUID]]:
    return (list(ids[start : start + COMPARED_AT_ONCE]) for start in range(0, len(ids), COMPARED_AT_ONCE))


CHECKS = (
    usage_is_the_ledgers_sum,
    every_booking_has_a_limit,
    reservations_are_resolved,
    no_breach,
    every_limit_of_no_shows_blocks,
    bookings_agree,
)
