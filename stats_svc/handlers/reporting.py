"""Reports: who may have them, what is read for them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.auth import Principal
from services.context import Context
from services.errors import NotFound
from stats_svc import permissions
from stats_svc.domain import Group
from stats_svc.domain import Period as Measured
from stats_svc.handlers.reading import every_cell, together, visit_cells
from stats_svc.queries import names as naming
from stats_svc.queries import ratings as rating_queries
from stats_svc.queries import visits as visit_queries
from stats_svc.queries.asked import Asked
from stats_svc.reports import html, pdf, xlsx
from stats_svc.reports.composing import Cells, Material, Span, compose
from stats_svc.reports.domain import Form, Period, Report
from stats_svc.views import Reader, rating_items, visit_items


@dataclass(frozen=True)
class Wanted:
    """Of an organisation, or of one centre of it."""

    organisation: str
    centre: str | None
    period: Period

    def asked(self, group: Group, period: Period) -> Asked:
        return Asked(period.first, period.last, group, organisation=self.organisation, centre=self.centre)


async def report(context: Context, wanted: Wanted, *, by: Principal, language: str) -> Report:
    """Raises `Forbidden`, `NotFound`."""
    permissions.report(by, organisation=wanted.organisation, centre=wanted.centre)
    async with context.db.begin() as session:
        material = await gather(session, wanted, language)
    return compose(material, language)


async def rendered(context: Context, made: Report, form: Form, language: str) -> bytes:
    if form == "html":
        return html.page(made, language)
    if form == "pdf":
        return await asyncio.to_thread(pdf.document, made, language, now=context.clock.now())
    return await asyncio.to_thread(xlsx.workbook, made)


async def gather(session: AsyncSession, wanted: Wanted, language: str) -> Material:
    """Raises `NotFound` for an organisation or a centre that nobody has told of."""
    period = wanted.period
    name, now = await name_of(session, wanted, language), await span(session, wanted, period)
    return Material(
        name=name,
        period=period,
        now=now,
        before=await span(session, wanted, period.before),
        question_names=await naming.names(session, Group.QUESTION, [part.key for part in now.questions]),
        months=await cells(session, wanted.asked(Group.MONTH, period), language),
        centres=None if wanted.centre else await cells(session, wanted.asked(Group.CENTRE, period), language),
    )


async def name_of(session: AsyncSession, wanted: Wanted, language: str) -> str:
    group, key = (Group.CENTRE, wanted.centre) if wanted.centre else (Group.ORGANISATION, wanted.organisation)
    assert key
    if wanted.centre and await naming.organisation_of(session, wanted.centre) != wanted.organisation:
        raise NotFound
    names = await naming.names(session, group, [key])
    if key not in names and not await naming.known(session, wanted.organisation):
        raise NotFound
    return names[key][language] if key in names else key


async def span(session: AsyncSession, wanted: Wanted, period: Period) -> Span:
    year = wanted.asked(Group.YEAR, period)
    reaction = await visit_queries.durations(session, year, Measured.REACTION)
    return Span(
        visits=together(await every_cell(session, year)),
        channels={cell.key: cell for cell in await every_cell(session, wanted.asked(Group.CHANNEL, period))},
        questions=await rating_queries.ratings(session, wanted.asked(Group.QUESTION, period)),
        reaction=visit_queries.add_durations(list(reaction.values())),
    )


async def cells(session: AsyncSession, asked: Asked, language: str) -> Cells:
    """As the public sees them: a report is read aloud in a council."""
    reader = Reader(language, exact=False)
    visits = await visit_cells(session, asked)
    ratings = await rating_queries.ratings(session, asked)
    keys = sorted({*(cell.key for cell in visits), *(part.key for part in ratings)})
    names = await naming.names(session, asked.group, keys)
    return Cells(
        names={key: reader.name(key, names) for key in keys},
        visits={item.key: item for item in visit_items(visits, names, reader)},
        ratings={item.key: item for item in rating_items(ratings, names, reader)},
    )
