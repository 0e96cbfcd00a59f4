"""The service itself: it starts with a matching identity and finishes with an outcome."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from booking_svc.bookings.domain import Status, keeps_cooldown
from booking_svc.bookings.handlers.events import event_of
from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.domain import Text
from booking_svc.catalogue.memory import Catalogue
from booking_svc.visits import domain, repository
from booking_svc.visits.domain import Outcome
from booking_svc.visits.handlers.reading import centre_of, desk_of, get_for_update, snapshot
from booking_svc.visits.offers import Offers
from booking_svc.visits.schemas import Finish
from services.auth import Principal
from services.context import Context
from services.contracts.visits import VisitFinished, VisitStarted
from services.errors import InvalidRequest
from services.outbox import emit


async def start(context: Context, visit_id: UUID, *, by: Principal, repeated: bool = False) -> Booking:
    """Raises `IdentityNotVerified`, `IllegalTransition`."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        if repeated and found.status == Status.SERVING:
            return found
        domain.start(snapshot(found, centre_of(context, found)))
        await repository.close_call(session, found, now=now)
        stored = await repository.store(session, visit_id, status=Status.SERVING, started_at=now)
        await emit(session, event_of(VisitStarted, found, now=now, desk=desk_of(found)), now=now)
    return stored


async def finish(context: Context, visit_id: UUID, done: Finish, *, by: Principal, repeated: bool = False) -> Booking:
    """The desk is free again. A failed attempt keeps its cool-down, any other outcome lifts it."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        if repeated and found.status == Status.FINISHED:
            return found
        domain.finish(snapshot(found, centre_of(context, found)))
        missing = missing_documents(context.get(Catalogue), found.service, done)
        await repository.close_service(session, found, now=now)
        lifted = {} if keeps_cooldown(Status.FINISHED, done.outcome) else {"cooldown_until": None}
        values = {"outcome": done.outcome, "missing_documents": [dict(name) for name in missing] or None, **lifted}
        stored = await repository.store(session, visit_id, status=Status.FINISHED, ended_at=now, **values)
        seconds = await repository.seconds_of(session, visit_id)
        told = event_of(
            VisitFinished,
            found,
            now=now,
            desk=desk_of(found),
            outcome=done.outcome,
            waiting_seconds=seconds["waiting"],
            serving_seconds=seconds["serving"],
            missing_documents=[name["uk"] for name in missing],
        )
        await emit(session, told, context.get(Offers).offered(found), now=now)
    return stored


def missing_documents(catalogue: Catalogue, code: str, done: Finish) -> Sequence[Text]:
    """The documents that were missing, as the catalogue names them: free text could name a person."""
    if done.missing_documents and done.outcome is not Outcome.MISSING_DOCUMENTS:
        raise InvalidRequest.field("missing_documents", "only with the outcome missing_documents")
    service = catalogue.service(code)
    documents = service.documents if service else ()
    known = {word.casefold(): document.name for document in documents for word in document.name.values()}
    found = [known.get(name.casefold()) for name in done.missing_documents]
    for place, name in enumerate(found):
        if name is None:
            reason = "not a document of this service; see its documents in the catalogue"
            raise InvalidRequest.field(f"missing_documents.{place}", reason)
    return list({name["uk"]: name for name in found if name}.values())
