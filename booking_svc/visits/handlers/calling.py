"""A desk calls: the next in line, again, or not any more."""

from __future__ import annotations

from uuid import UUID

from booking_svc.bookings.domain import Status
from booking_svc.bookings.handlers.events import event_of
from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.memory import Catalogue
from booking_svc.desks import handlers as desks
from booking_svc.pauses import handlers as pauses
from booking_svc.visits import domain, repository
from booking_svc.visits.domain import DeskBusy
from booking_svc.visits.handlers.reading import centre_of, desk_of, get_for_update, own_desk, snapshot, today
from services.auth import Principal
from services.context import Context
from services.contracts.visits import VisitCalled, VisitMissed, VisitRecalled, VisitSkipped
from services.outbox import emit


async def call(
    context: Context, desk_id: str, *, by: Principal, call_id: UUID, repeated: bool = False
) -> Booking | None:
    """The next visitor of the desk's services: priority first, then by the place in line. None when nobody waits.

    `call_id` is the request's own; a repeated one gives the visitor that it called before. Raises `Paused`, else
    `DeskClosed`, else `DeskBusy`.
    """
    centre, desk = own_desk(context, desk_id, by=by)
    async with context.db.begin() as session:
        await repository.lock_desk(session, desk.id)
        if repeated and (called := await repository.called_by(session, call_id)):
            return called
        await pauses.ensure_open(session, centre)
        moment = today(context, centre)
        present = await repository.at_desk(session, desk.id)
        if present and present.call_id == call_id:
            return present  # a twin of this request was quicker
        await desks.ensure_open(session, desk.id)
        if present:
            raise DeskBusy(visit=str(present.id), ticket=present.ticket_number)
        wanted = repository.Call(call_id, desk.id, centre.id, moment.day, desk.services)
        called = await repository.call_next(session, wanted, now=moment.now)
        if called:
            told = event_of(VisitCalled, called, now=moment.now, desk=desk.id, waiting_seconds=called.waiting_seconds)
            await emit(session, told, now=moment.now)
    return called


async def recall(context: Context, visit_id: UUID, *, by: Principal, recall_id: UUID) -> Booking:
    """Calls the same visitor again; a repeated request counts once. Raises `Paused`."""
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        if found.recall_id == recall_id:
            return found
        centre = centre_of(context, found)
        await pauses.ensure_open(session, centre)
        domain.recall(snapshot(found, centre))
        now, calls = context.clock.now(), found.calls + 1
        stored = await repository.store(session, visit_id, calls=calls, recall_id=recall_id)
        await emit(session, event_of(VisitRecalled, found, now=now, desk=desk_of(found), calls=calls), now=now)
    return stored


async def skip(context: Context, visit_id: UUID, *, by: Principal, repeated: bool = False) -> Booking:
    """Back in line, once, and not in a pause: nobody loses a place by it. The desk is free again.

    Raises `SkippedBefore`, `Paused`.
    """
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        if repeated and found.status == Status.CONFIRMED and found.skipped_at:
            return found
        centre = centre_of(context, found)
        await pauses.ensure_open(session, centre)
        now, following = context.clock.now(), await repository.following(session, found)
        place = domain.skip(snapshot(found, centre), now=now, following=following)
        await repository.close_call(session, found, now=now)
        forgotten = dict.fromkeys(("desk", "called_at", "call_id", "recall_id", "verified_at"))
        stored = await repository.store(
            session, visit_id, status=Status.CONFIRMED, skipped_at=place, calls=0, **forgotten
        )
        await emit(session, event_of(VisitSkipped, found, now=now, desk=desk_of(found)), now=now)
    return stored


async def missed(context: Context, visit_id: UUID, *, by: Principal, repeated: bool = False) -> Booking:
    """A no-show, after enough calls (`TooFewCalls`) and not in a pause (`Paused`). The desk is free again."""
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        if repeated and found.status == Status.MISSED:
            return found
        centre = centre_of(context, found)
        await pauses.ensure_open(session, centre)
        now = context.clock.now()
        rules = context.get(Catalogue).organisation(centre.organisation)
        domain.miss(snapshot(found, centre), calls_to_miss=rules.calls_to_miss)
        await repository.close_call(session, found, now=now)
        stored = await repository.store(session, visit_id, status=Status.MISSED, ended_at=now, cooldown_until=None)
        told = event_of(VisitMissed, found, now=now, because="did_not_come", desk=desk_of(found))
        await emit(session, told, now=now)
    return stored
