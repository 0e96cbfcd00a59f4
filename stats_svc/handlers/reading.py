"""Figures for those who ask: who may see them, and read under one revision."""

from __future__ import annotations

from sqlalchemy.ext.asyncio import AsyncSession

from services.auth import Principal
from services.context import Context
from stats_svc import permissions
from stats_svc.domain import Group, Period
from stats_svc.queries import names as naming
from stats_svc.queries import ratings as rating_queries
from stats_svc.queries import visits as visit_queries
from stats_svc.queries.asked import Asked
from stats_svc.schemas import QuotaList, RatingList, VisitList
from stats_svc.views import (
    Reader,
    Visits,
    quota_items,
    quota_total,
    rating_items,
    rating_total,
    visit_items,
    visit_total,
)


async def revision(context: Context) -> int:
    async with context.db.begin() as session:
        return await naming.revision(session)


async def reader_of(session: AsyncSession, asked: Asked, *, by: Principal | None, language: str) -> Reader:
    """Raises `Unauthenticated`, `Forbidden` where single desks are asked for by others than their manager."""
    owner = await naming.organisation_of(session, asked.centre) if asked.centre else asked.organisation
    if asked.group is Group.DESK:
        permissions.manage(by, centre=asked.centre, organisation=owner)
    return Reader(language, permissions.exact(by, asked, organisation=owner))


async def ratings(context: Context, asked: Asked, *, by: Principal | None, language: str) -> RatingList:
    """Raises `Unauthenticated`, `Forbidden`."""
    async with context.db.begin() as session:
        reader = await reader_of(session, asked, by=by, language=language)
        found = await rating_queries.ratings(session, asked)
        names = await naming.names(session, asked.group, [part.key for part in found])
    by_question = [part for part in found if asked.group is not Group.QUESTION or part.key == "overall"]
    return RatingList(
        first=asked.first,
        last=asked.last,
        group_by=asked.group,
        items=rating_items(found, names, reader),
        total=rating_total(by_question, reader),
    )


async def visits(context: Context, asked: Asked, *, by: Principal | None, language: str) -> VisitList:
    """Raises `Unauthenticated`, `Forbidden`."""
    async with context.db.begin() as session:
        reader = await reader_of(session, asked, by=by, language=language)
        found = await visit_cells(session, asked)
        names = await naming.names(session, asked.group, [cell.key for cell in found])
    return VisitList(
        first=asked.first,
        last=asked.last,
        group_by=asked.group,
        items=visit_items(found, names, reader),
        total=visit_total(together(found), reader),
    )


async def quota(context: Context, asked: Asked, *, by: Principal | None, language: str) -> QuotaList:
    """Raises `Unauthenticated`, `Forbidden`."""
    async with context.db.begin() as session:
        reader = await reader_of(session, asked, by=by, language=language)
        found = await visit_queries.tallies(session, asked)
        names = await naming.names(session, asked.group, list(found))
    return QuotaList(
        first=asked.first,
        last=asked.last,
        group_by=asked.group,
        items=quota_items(found, names, reader),
        total=quota_total(visit_queries.add_tallies(list(found.values())), reader),
    )


async def visit_cells(session: AsyncSession, asked: Asked) -> list[Visits]:
    """By key; what was only held or refused for its quota is no visit."""
    return [cell for cell in await every_cell(session, asked) if cell.persons]


async def every_cell(session: AsyncSession, asked: Asked) -> list[Visits]:
    """By key."""
    tallies = await visit_queries.tallies(session, asked)
    waiting = await visit_queries.durations(session, asked, Period.WAITING)
    serving = await visit_queries.durations(session, asked, Period.SERVING)
    none = visit_queries.Durations()
    return [Visits(key, tallies[key], waiting.get(key, none), serving.get(key, none)) for key in sorted(tallies)]


def together(found: list[Visits]) -> Visits:
    return Visits(
        "",
        visit_queries.add_tallies([cell.tallies for cell in found]),
        visit_queries.add_durations([cell.waiting for cell in found]),
        visit_queries.add_durations([cell.serving for cell in found]),
    )
