"""Learning places from booking_svc; desks' codes are given, shown and revoked."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.permissions import manage_centre
from feedback_svc.places import repository
from feedback_svc.places.domain import CODE_BYTES, Place, code_of
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import Centre, CentreChanged, Organisation, Places
from services.errors import NotFound, Unavailable
from services.ids import uuid7

RETRY_SECONDS = 1.0
log = structlog.get_logger()


async def centres_changed(session: AsyncSession, events: Sequence[CentreChanged], *, now: datetime) -> None:
    await _learn(session, events, now=now)


async def organisations_changed(session: AsyncSession, events: Sequence[OrganisationChanged], *, now: datetime) -> None:
    """One without a name was told before there were names: the next comparison brings it."""
    for event in events:
        if event.name is not None:
            await repository.put_organisation(session, Organisation(**event.model_dump()))


async def compare(context: Context) -> None:
    """The job: everything as booking_svc knows it now. It tells a new service what no stream keeps any more, and mends
    what was missed. Waits for booking_svc as long as it takes.
    """
    after: str | None = None
    while True:
        try:
            known = await context.bus.ask(Places(after=after))
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
            continue
        async with context.db.begin() as session:
            for organisation in known.organisations:
                await repository.put_organisation(session, organisation)
            await _learn(session, known.centres, now=context.clock.now())
        if known.following is None:
            return
        after = known.following


async def _learn(session: AsyncSession, centres: Iterable[Centre], *, now: datetime) -> None:
    """Centres are stored in the order of their names, so that two who learn at once wait for each other in turn."""
    for centre in sorted(centres, key=lambda one: (one.centre, one.version)):
        await repository.put_centre(session, centre)
    desks = await repository.without_code(session)
    await repository.give_codes(session, [(uuid7(now), _new_code(), desk) for desk in desks], now=now)


def _new_code() -> str:
    return code_of(os.urandom(CODE_BYTES))


async def desk(context: Context, desk_id: str, *, by: Principal) -> Place:
    """Raises `NotFound`, `Forbidden`."""
    async with context.db.begin() as session:
        found = await repository.get(session, desk_id)
    return _allowed(found, by)


async def desks(context: Context, centre_id: str, *, by: Principal) -> list[Place]:
    """The centre's desks with their codes. Raises `NotFound`, `Forbidden`."""
    async with context.db.begin() as session:
        centre = await repository.centre_of(session, centre_id)
        if centre is None:
            raise NotFound
        manage_centre(by, centre=centre.id, organisation=centre.organisation)
        return await repository.of_centre(session, centre_id)


async def revoke(context: Context, desk_id: str, *, code_id: UUID, by: Principal) -> Place:
    """The code holds no more, and the desk has a new one. The same request again: the same new one.

    Raises `NotFound`, `Forbidden`.
    """
    now = context.clock.now()
    async with context.db.begin() as session:
        _allowed(await repository.get_for_update(session, desk_id), by)
        if not await repository.has_code(session, code_id):
            await repository.revoke(session, desk_id, now=now)
            await repository.give_codes(session, [(code_id, _new_code(), desk_id)], now=now)
            await audit.record(session, by, "code.revoke", f"desk/{desk_id}", now=now)
        return _allowed(await repository.get(session, desk_id), by)


def _allowed(found: Place | None, by: Principal) -> Place:
    if found is None or found.code is None:
        raise NotFound
    manage_centre(by, centre=found.centre, organisation=found.organisation)
    return found
