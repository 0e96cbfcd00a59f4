"""Once a day the estimates are held against what was: whoever shows a waiting time should know how good it is."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from sqlalchemy import Row

from booking_svc.board import repository
from booking_svc.board.domain import DAY
from booking_svc.board.handlers.showing import past, window
from booking_svc.catalogue.memory import Catalogue
from booking_svc.pauses.domain import Area, Scope
from booking_svc.pauses.permissions import centres_of
from booking_svc.slots.domain import today
from services.auth import Principal
from services.context import Context
from services.errors import InvalidRequest

LONGEST = timedelta(days=92)
CENTRES_AT_ONCE = 50


async def compare(context: Context) -> None:
    """The job: the days that are over, once each. A centre begins with the day before its first comparison."""
    now = context.clock.now()
    known = await repository.compared(context.db)
    centres = context.get(Catalogue).snapshot.centres
    yesterday = {key: today(now, centre.zone) - DAY for key, centre in centres.items() if key in known}
    due = {key: day for key, day in yesterday.items() if (done := known[key]) is None or done < day}
    for start in range(0, len(due), CENTRES_AT_ONCE):
        some = dict(list(due.items())[start : start + CENTRES_AT_ONCE])
        windows = [
            one
            for key, last in some.items()
            for day in days_between(known[key], last)
            for queue in centres[key].queues
            for one in (*past(centres[key], queue, day), window(centres[key], queue, day, of=day))
        ]
        await repository.compare(context.db, windows, some)


def days_between(done: date | None, last: date) -> list[date]:
    """After `done`, up to `last`; further back than a quarter nobody looks."""
    first = max(last if done is None else done + DAY, last - LONGEST)
    return [first + DAY * offset for offset in range((last - first).days + 1)]


async def comparisons(context: Context, key: str, first: date, last: date, *, by: Principal) -> Sequence[Row[Any]]:
    """For the manager of the centre. Raises `NotFound`, `Forbidden`, `InvalidRequest` for more than a quarter."""
    centres_of(Area(Scope.CENTRE, key), context.get(Catalogue).snapshot, by=by)
    if not timedelta() <= last - first <= LONGEST:
        raise InvalidRequest.field("to", f"from `from` on, {LONGEST.days} days later at most")
    async with context.db.begin() as session:
        return await repository.comparisons(session, key, first, last)
