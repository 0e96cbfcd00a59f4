"""Who does not come too often books no more online, until staff lift it (domain.md §2, no-shows)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Block, Kind, NoShow, Period, over_limit, period_start
from quota_svc.handlers.reading import Applicant
from quota_svc.repository import blocking
from quota_svc.repository.blocking import Person, Reserved
from services import audit
from services.auth import Principal
from services.consumer import Never
from services.contracts.visits import VisitMissed
from services.db import Db
from services.errors import Forbidden
from services.ids import uuid7


async def missed(session: AsyncSession, events: Sequence[VisitMissed], *, now: datetime) -> None:
    """Counts no-shows of individuals, by whatever channel they had booked, in the month of the visit; at the limit
    of the organisation's policy online booking is closed.

    Raises `Never` where a visit was never reserved here: this store has lost something.
    """
    told = {event.booking_id: event for event in events}
    found = await blocking.reserved(session, {event.booking_id: event.visit_date for event in events})
    if lost := [booking_id for booking_id in told if booking_id not in found]:
        raise Never(f"no reservation for the missed visit {lost[0]}")
    personal = {booking_id: of for booking_id, of in found.items() if of.kind is Kind.INDIVIDUAL}
    await blocking.lock(session, {of.person for of in personal.values()})
    no_shows = [(_no_show(told[booking_id], of), of) for booking_id, of in personal.items()]
    await blocking.record(session, no_shows, now=now)
    for (person, month), limit in _months(personal).items():
        await _close(session, person, month, limit=limit, now=now)


def _no_show(event: VisitMissed, of: Reserved) -> NoShow:
    return NoShow(event.booking_id, of.visit_date, event.centre, event.at)


def _months(personal: Mapping[UUID, Reserved]) -> dict[tuple[Person, date], int | None]:
    """Whose count has changed in which month, and the limit on the last of the days there."""
    ordered = sorted(personal.values(), key=lambda of: of.visit_date)
    return {(of.person, period_start(Period.MONTH, of.visit_date)): of.no_show_limit for of in ordered}


async def _close(session: AsyncSession, person: Person, month: date, *, limit: int | None, now: datetime) -> None:
    no_shows = await blocking.of_month(session, person, month)
    reached = over_limit(no_shows, limit=limit, forgiven_until=await blocking.forgiven_until(session, person))
    if reached is None or limit is None:
        return
    block = Block(
        id=uuid7(now),
        applicant_key=person.applicant_key,
        organisation=person.organisation,
        month=month,
        no_show_limit=limit,
        missed=tuple(one.booking_id for one in reached),
        centre=reached[-1].centre,
        since=now,
    )
    await blocking.close(session, block)


async def unblock(
    db: Db, who: Applicant, organisation: str, *, by: Principal, reason: str, now: datetime
) -> Block | None:
    """Opens online booking again; what was missed until now does not count again. Nothing where nothing is blocked.

    Gives the block that was ended last, if there ever was one. Raises `Forbidden` for staff of another organisation.
    """
    if by.organisation != organisation:
        raise Forbidden
    people = [Person(key, organisation) for key in who.keys]
    async with db.begin() as session:
        await blocking.lock(session, people)
        ended = await blocking.end(session, who.keys, organisation, by=by.sub, because=reason, now=now)
        for block in ended:
            details = {"organisation": organisation, "reason": reason}
            await audit.record(session, by, "quota.unblock", f"block/{block.id}", now=now, details=details)
        return await blocking.newest(session, who.keys, organisation)
