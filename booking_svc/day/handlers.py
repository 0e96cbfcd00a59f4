"""Reading a day: a few statements for all of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

import asyncpg

from booking_svc.catalogue.domain import Centre, Desk
from booking_svc.catalogue.memory import Catalogue
from booking_svc.catalogue.permissions import ensure_manages
from booking_svc.closures import repository as closures
from booking_svc.closures.domain import Closed
from booking_svc.day import repository
from booking_svc.day.domain import FARTHEST, Entry
from booking_svc.day.repository import Scope
from booking_svc.desks import repository as desks
from booking_svc.pauses import repository as pauses
from booking_svc.pauses.domain import Pause, Reason
from booking_svc.slots.domain import DAY, instant, today
from booking_svc.visits.handlers.reading import own_desk
from services.auth import Principal
from services.context import Context
from services.errors import InvalidRequest, NotFound


@dataclass(frozen=True)
class Day:
    """All that is known of a day of a centre. `entries` in the order of calls; `closed` are desks, since when."""

    centre: Centre
    date: date
    now: datetime
    pause: Pause | None
    closed: Mapping[str, datetime]
    entries: Sequence[Entry]

    @property
    def own(self) -> list[Entry]:
        """Those booked for this day; others are at a desk since an earlier one."""
        return [entry for entry in self.entries if entry.visit_date == self.date]


async def desk_day(context: Context, desk_id: str, *, by: Principal) -> tuple[Desk, Day]:
    """Today at the desk, for the administrators of its centre. Raises `NotFound`, `Forbidden`."""
    centre, desk = own_desk(context, desk_id, by=by)
    now = context.clock.now()
    return desk, await _read(context, centre, today(now, centre.zone), [desk], now=now)


class Times(NamedTuple):
    """The slots of a day (`repository.slots`), and what of it is closed by hand."""

    slots: Sequence[asyncpg.Record]
    closed: Closed


async def centre_day(context: Context, key: str, day: date | None, *, by: Principal) -> tuple[Day, Times]:
    """A day of the centre; None: today. Raises `NotFound`, `Forbidden`, `InvalidRequest`."""
    centre = context.get(Catalogue).centre(key)
    if centre is None:
        raise NotFound
    ensure_manages(by, centre)
    now = context.clock.now()
    current = today(now, centre.zone)
    wanted = day or current
    if abs(wanted - current) > FARTHEST:
        raise InvalidRequest.field("date", "must be within a year from today")
    read = await _read(context, centre, wanted, centre.desks, now=now)
    scope = _scope(centre, wanted, [])
    async with context.db.begin() as session:
        closed = await closures.closed(session, scope.queues, wanted, wanted)
    return read, Times(await repository.slots(context.db, scope), closed)


async def _read(context: Context, centre: Centre, day: date, shown: Sequence[Desk], *, now: datetime) -> Day:
    ids = [desk.id for desk in shown]
    found = await repository.entries(context.db, _scope(centre, day, ids))
    async with context.db.begin() as session:
        closed = await desks.closed(session, ids)
        on = (await pauses.current(session, [centre.id])).get(centre.id)
    pause = on and Pause(Reason(on.reason), on.since.astimezone(centre.zone))
    return Day(centre, day, now, pause, closed, found)


def _scope(centre: Centre, day: date, ids: Sequence[str]) -> Scope:
    """Queues that were switched off still have their visitors."""
    since, until = (instant(one, 0, centre.zone) for one in (day, day + DAY))
    return Scope([queue.id for queue in centre.queues], since, until, ids)
