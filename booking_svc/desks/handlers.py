"""Use cases of desks that are switched off for a while and on again."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue.domain import Centre, Desk
from booking_svc.catalogue.memory import Catalogue
from booking_svc.catalogue.permissions import ensure_manages
from booking_svc.desks import repository
from booking_svc.desks.domain import DeskClosed
from booking_svc.visits.repository import lock_desk
from services import audit
from services.auth import Principal
from services.context import Context
from services.errors import NotFound


class Standing(NamedTuple):
    """How a desk stands after a call."""

    centre: Centre
    desk: Desk
    closed_since: datetime | None


async def close(context: Context, desk_id: str, *, by: Principal) -> Standing:
    """It finishes its visitor and calls nobody; closing it again changes nothing. No call that began before is answered
    after it.
    """
    centre, desk = _managed(context, desk_id, by)
    async with context.db.begin() as session:
        await lock_desk(session, desk.id)
        now = context.clock.now()
        if await repository.close(session, desk.id, by=by.sub, now=now):
            await audit.record(session, by, "desk.close", f"desk/{desk.id}", now=now)
        return Standing(centre, desk, (await repository.closed(session, [desk.id]))[desk.id])


async def reopen(context: Context, desk_id: str, *, by: Principal) -> Standing:
    """It calls again; opening it again changes nothing."""
    centre, desk = _managed(context, desk_id, by)
    async with context.db.begin() as session:
        await lock_desk(session, desk.id)
        if await repository.reopen(session, desk.id):
            await audit.record(session, by, "desk.open", f"desk/{desk.id}", now=context.clock.now())
    return Standing(centre, desk, None)


async def ensure_open(session: AsyncSession, desk: str) -> None:
    """For who has the desk's lock. Raises `DeskClosed`."""
    if await repository.closed(session, [desk]):
        raise DeskClosed


def _managed(context: Context, desk_id: str, by: Principal) -> tuple[Centre, Desk]:
    """Raises `NotFound`, also for a desk that the catalogue has switched off, and `Forbidden`."""
    found = context.get(Catalogue).desk(desk_id)
    if found is None or not found[1].active:
        raise NotFound
    ensure_manages(by, found[0])
    return found
