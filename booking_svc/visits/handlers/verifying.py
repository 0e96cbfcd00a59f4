"""The document is compared with the booking: a booking belongs to one person (domain.md §2 "The visit")."""

from __future__ import annotations

from typing import NamedTuple
from uuid import UUID

import orjson
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.bookings.domain import Status
from booking_svc.bookings.handlers.events import event_of
from booking_svc.bookings.repository import Booking
from booking_svc.visits import domain, repository
from booking_svc.visits.domain import IdentityMismatch
from booking_svc.visits.handlers.reading import centre_of, desk_of, get_for_update, snapshot
from booking_svc.visits.names import Names, differing
from booking_svc.visits.schemas import Shown
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.visits import VisitRefused
from services.errors import InvalidRequest
from services.outbox import emit
from services.privacy import Privacy, person


class Compared(NamedTuple):
    """The booked names, and the fields in which what was shown differs from the booking."""

    booked: Names
    differs: list[str]


async def compare(context: Context, visit_id: UUID, shown: Shown, *, by: Principal) -> Compared:
    """What `verify` would find, so that a slip of the typing refuses nobody. Changes nothing; audited.

    Raises `IllegalTransition` for who is not called.
    """
    now = context.clock.now()
    keys = keys_of(shown, context.privacy)
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        domain.verify(snapshot(found, centre_of(context, found)))
        compared = differences(found, shown, keys, context.privacy)
        details = {"match": not compared.differs, "differs": compared.differs}
        await audit.record(session, by, "visit.compare", f"booking/{visit_id}", now=now, details=details)
    return compared


async def verify(context: Context, visit_id: UUID, shown: Shown, *, by: Principal) -> Booking:
    """The visit, its identity verified. On a mismatch it is refused, which stays so, and place and quota stay used.

    Raises `IdentityMismatch`, and `IllegalTransition` for who is not called.
    """
    now = context.clock.now()
    keys = keys_of(shown, context.privacy)
    async with context.db.begin() as session:
        found = await get_for_update(session, visit_id, by=by)
        domain.verify(snapshot(found, centre_of(context, found)))
        differs = differences(found, shown, keys, context.privacy).differs
        details = {"match": not differs, "differs": differs}
        await audit.record(session, by, "visit.verify", f"booking/{visit_id}", now=now, details=details)
        if not differs:
            return await repository.store(session, visit_id, verified_at=now)
        await _refuse(session, found, context, differs=differs)
    raise IdentityMismatch(differs=differs)  # after the commit: the refusal is a fact


async def _refuse(session: AsyncSession, found: Booking, context: Context, *, differs: list[str]) -> None:
    now = context.clock.now()
    because = "identity_mismatch: " + ", ".join(differs)
    await repository.close_call(session, found, now=now)
    values = {"status": Status.REFUSED, "ended_at": now, "refused_because": because, "cooldown_until": None}
    await repository.store(session, found.id, **values)
    told = event_of(VisitRefused, found, now=now, desk=desk_of(found), because="identity_mismatch")
    await emit(session, told, now=now)


def keys_of(shown: Shown, privacy: Privacy) -> list[str]:
    """The keyed hashes of what the visitor shows, under every live version. Of a legal entity, the one who comes."""
    if bool(shown.number) == bool(shown.document):
        raise InvalidRequest.field("number", "a number or a document is needed, not both")
    return privacy.keys(*person(shown.number, str(shown.document)))


def differences(found: Booking, shown: Shown, keys: list[str], privacy: Privacy) -> Compared:
    """By field, as the booking has it and without the values that were shown."""
    number = "number" if shown.number else "document"
    booked = Names(*orjson.loads(privacy.open(found.names, context=found.id.bytes)))
    said = Names(shown.family_name, shown.given_name, shown.patronymic)
    return Compared(booked, [*([] if found.person_key in keys else [number]), *differing(booked, said)])
