"""Indicators of desks, for the manager of their centre (domain.md §5).

Quantity is judged by the mix of services: what a desk served, beside what it would have taken at the centre's own pace
of each service. Quality is the answer to the question on the whole. Both are drawn to the centre's where little is
known. Nobody is ranked. Events name desks and no persons: who sat there is the centre's own knowledge.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.auth import Principal
from services.context import Context
from stats_svc import permissions
from stats_svc.domain import Group, Shrunk, What, expected_minutes, shrink
from stats_svc.queries import names as naming
from stats_svc.queries import ratings as rating_queries
from stats_svc.queries import staff as queries
from stats_svc.queries import visits as visit_queries
from stats_svc.queries.asked import Asked
from stats_svc.queries.ratings import Ratings
from stats_svc.queries.staff import Work
from stats_svc.schemas import Indicator, StaffItem, StaffList
from stats_svc.texts import METHOD
from stats_svc.views import Reader, interval


async def staff(context: Context, asked: Asked, *, by: Principal | None, language: str) -> StaffList:
    """Raises `Unauthenticated`, `Forbidden`."""
    assert asked.centre
    by_desk = replace(asked, group=Group.DESK)
    async with context.db.begin() as session:
        owner = await naming.organisation_of(session, asked.centre)
        permissions.manage(by, centre=asked.centre, organisation=owner)
        desks = await queries.work(session, asked)
        tallies = await visit_queries.tallies(session, by_desk)
        rated = {part.key: part for part in await rating_queries.ratings(session, by_desk)}
        keys = sorted({*desks, *tallies, *rated})
        names = await naming.names(session, Group.DESK, keys)
    usual, centre = queries.minutes_each(desks), rating_queries.add(list(rated.values()))
    reader = Reader(language, exact=True)
    items = [
        item(key, reader.name(key, names), desks.get(key, Work()), tallies.get(key, {}), usual)
        | quality(rated.get(key, Ratings(key)), centre)
        for key in keys
    ]
    return StaffList(
        centre=asked.centre,
        first=asked.first,
        last=asked.last,
        method=METHOD[language],
        minutes_by_service={service: round(minutes, 2) for service, minutes in sorted(usual.items())},
        items=[StaffItem(**fields) for fields in items],
    )


def item(key: str, name: str, desk: Work, tallies: Mapping[What, int], usual: Mapping[str, float]) -> dict[str, object]:
    """Quantity. The pace is the time that was taken, of the time that the mix was to take: below 1 is quicker."""
    expected = expected_minutes(desk.served, usual)
    pace = shrink(desk.minutes / expected, desk.visits, 1.0) if expected else None
    return {
        "key": key,
        "name": name,
        "served": desk.visits,
        "refused": tallies.get(What.REFUSED, 0),
        "did_not_come": tallies.get(What.DID_NOT_COME, 0),
        "minutes": round(desk.minutes, 1),
        "expected_minutes": round(expected, 1),
        "pace": indicator(pace, desk.minutes / expected) if pace else None,
    }


def quality(own: Ratings, centre: Ratings) -> dict[str, object]:
    """Of no ratings there is none."""
    if not own.n:
        return {"ratings": 0}
    mean = own.total / own.n
    return {
        "ratings": own.n,
        "share_positive": round(own.positive / own.n, 4),
        "interval": interval(own.positive, own.n),
        "quality": indicator(shrink(mean, own.n, centre.total / centre.n), mean),
    }


def indicator(shrunk: Shrunk, own: float) -> Indicator:
    return Indicator(
        value=round(shrunk.value, 3),
        own=round(own, 3),
        weight=round(shrunk.weight, 3),
        small_sample=shrunk.small_sample,
    )
