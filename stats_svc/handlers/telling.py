"""The figures of today, told to all who listen (services/live.py).

They are the same for everybody: whole regions, no cell of fewer than five persons, ratings of the network only; a
region may have one centre, and who was just served there should not be told by the next number.
"""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

import orjson
import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from services.context import Context
from services.errors import Unavailable
from services.live import Publisher, State
from stats_svc.domain import Group
from stats_svc.handlers.reading import together, visit_cells
from stats_svc.projections.storing import revise
from stats_svc.queries import names as naming
from stats_svc.queries.asked import Asked
from stats_svc.queries.names import Text
from stats_svc.queries.ratings import ratings
from stats_svc.settings import Settings
from stats_svc.views import Reader, Visits, rating_total

TOPIC = "/api/v1/stats/today"
log = structlog.get_logger()


class Told:
    """What this process has told last."""

    def __init__(self) -> None:
        self.day: date | None = None
        self.revision = -1
        self.publisher: Publisher | None = None


def today(context: Context) -> date:
    settings = context.settings
    assert isinstance(settings, Settings)
    return context.clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


async def tell(context: Context) -> None:
    """The job: twice a second at most, when any figure has changed; at midnight it makes another revision."""
    told, day = context.get(Told), today(context)
    if told.publisher is None:
        told.publisher = Publisher(context.bus)
    async with context.db.begin() as session:
        if day != told.day:
            await revise(session)
        revision = await naming.revision(session)
    told.day = day
    if revision == told.revision:
        return
    state = await today_state(context)
    try:
        await told.publisher.publish({TOPIC: state})
    except Unavailable:
        return
    told.revision = revision


async def today_state(context: Context) -> State:
    """The revision is read first: what is shown is at least as new as it says."""
    day = today(context)
    async with context.db.begin() as session:
        revision = await naming.revision(session)
        return State(revision, await _body(session, day))


async def _body(session: AsyncSession, day: date) -> bytes:
    asked = Asked(day, day, Group.REGION)
    regions = await visit_cells(session, asked)
    names = await naming.names(session, Group.REGION, [cell.key for cell in regions])
    public = Reader("uk", exact=False)
    rated = rating_total(await ratings(session, asked), public)
    hide = public.hidden([cell.persons for cell in regions])
    total = together(regions)
    return orjson.dumps(
        {
            "date": day,
            "visits": None if public.hides(total.persons) else _counts(total),
            "ratings": rated.ratings,
            "share_positive": rated.share_positive,
            "regions": [_region(*pair, names) for pair in zip(regions, hide, strict=True)],
        }
    )


def _counts(cell: Visits) -> dict[str, int]:
    return {"booked": cell.booked, "served": cell.served, "missed": cell.missed}


def _region(cell: Visits, hides: bool, names: dict[str, Text]) -> dict[str, object]:
    name = names.get(cell.key, dict.fromkeys(("uk", "en", "pl"), cell.key))
    return {"key": cell.key, "name": name, "suppressed": hides, "visits": None if hides else _counts(cell)}
