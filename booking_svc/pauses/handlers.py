"""Use cases of pauses: one centre, a region or an organisation in one call, each in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue.domain import Centre
from booking_svc.catalogue.memory import Catalogue
from booking_svc.messages.planning import tell_paused
from booking_svc.pauses import domain, repository
from booking_svc.pauses.domain import Area, Pause, Reason, Scope, WorksInShelter
from booking_svc.pauses.permissions import centres_of
from booking_svc.slots.domain import DAY, instant
from services import audit
from services.auth import Principal
from services.context import Context
from services.contracts.centres import CentrePaused, CentreResumed
from services.ids import uuid7
from services.outbox import emit


class Standing(NamedTuple):
    """How the centres of an area stand after a call: their pauses, those that work on in shelters, and how many of
    the pauses began or ended with it.
    """

    pauses: list[tuple[Centre, Pause | None]]
    working: list[Centre]
    changed: int


async def pause(context: Context, area: Area, reason: Reason, *, by: Principal) -> Standing:
    """Pauses what is not paused yet; a pause that is on goes on with its own reason.

    Raises `NotFound`, `Forbidden`, and `WorksInShelter` for a single centre that goes on during an alert.
    """
    every = centres_of(area, context.get(Catalogue).snapshot, by=by)
    stopping = [centre for centre in every if domain.stops(reason, shelter=centre.shelter)]
    working = [centre for centre in every if centre not in stopping]
    if working and area.scope is Scope.CENTRE:
        raise WorksInShelter
    if not stopping:
        return Standing([], working, 0)
    async with context.db.begin() as session:
        await repository.lock(session)
        now = context.clock.now()  # after the lock: no call that was answered is later than the pause
        ids = {centre.id: uuid7(now) for centre in sorted(stopping, key=lambda centre: centre.id)}
        begun = await repository.start(session, ids, reason=reason, scope=area.scope, by=by.sub, now=now)
        if begun:
            await emit(
                session, *(_told(CentrePaused, row, stopping, now=now, scope=row.scope) for row in begun), now=now
            )
            stopped = {row.centre for row in begun}
            await tell_paused(session, context, [centre for centre in stopping if centre.id in stopped], now=now)
            details = {"reason": str(reason), "centres": sorted(row.centre for row in begun)}
            await audit.record(session, by, "centre.pause", str(area), now=now, details=details)
        return Standing(await _standing(session, stopping), working, len(begun))


async def resume(context: Context, area: Area, *, by: Principal, reason: Reason | None = None) -> Standing:
    """Ends the pauses of the area, whoever began them; with a reason only those that began for it."""
    every = centres_of(area, context.get(Catalogue).snapshot, by=by)
    async with context.db.begin() as session:
        await repository.lock(session)
        now = context.clock.now()
        centres = [centre.id for centre in every]
        ended = await repository.end(session, centres, reason=reason, by=by.sub, now=now)
        if ended:
            await emit(session, *(_told(CentreResumed, row, every, now=now, since=row.since) for row in ended), now=now)
            details = {"centres": sorted(row.centre for row in ended)}
            await audit.record(session, by, "centre.resume", str(area), now=now, details=details)
        return Standing(await _standing(session, every), [], len(ended))


async def ensure_open(session: AsyncSession, centre: Centre) -> None:
    """The gate for all that a pause freezes; none begins before the caller's transaction ends. Raises `Paused`."""
    await repository.share(session)
    if found := (await repository.current(session, [centre.id])).get(centre.id):
        raise domain.Paused(found.reason, found.since.astimezone(centre.zone))


async def touched(session: AsyncSession, centre: str, first: datetime, last: datetime, *, now: datetime) -> bool:
    """Whether a pause of the centre took something of that time."""
    pauses = await repository.between(session, centre, first, last)
    return any(domain.touches(one, first, last, now=now) for one in pauses)


async def took_away(context: Context, session: AsyncSession, booking: Row[Any], *, now: datetime) -> bool:
    """Whether a pause of the centre touched the time of this row of the table `booking`: the time to check in, and for
    who has done so the rest of the day, as long as they wait.
    """
    catalogue = context.get(Catalogue)
    centre = catalogue.snapshot.centres[booking.centre]
    last = booking.starts_at + catalogue.organisation(centre.organisation).grace
    if booking.checked_in_at is not None:
        last = max(last, instant(booking.visit_date + DAY, 0, centre.zone))
    return await touched(session, booking.centre, booking.starts_at, last, now=now)


async def _standing(session: AsyncSession, centres: Sequence[Centre]) -> list[tuple[Centre, Pause | None]]:
    on = await repository.current(session, [centre.id for centre in centres])
    return [(centre, _pause(on.get(centre.id), centre)) for centre in centres]


def _pause(row: repository.Paused | None, centre: Centre) -> Pause | None:
    return row and Pause(Reason(row.reason), row.since.astimezone(centre.zone))


def _told(kind: type[Any], row: repository.Paused, centres: Sequence[Centre], *, now: datetime, **more: Any) -> Any:
    centre = next(centre for centre in centres if centre.id == row.centre)
    return kind(
        organisation=centre.organisation,
        centre=centre.id,
        region=centre.region_code,
        at=now,
        pause_id=row.id,
        reason=row.reason,
        **more,
    )
