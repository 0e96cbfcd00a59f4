"""Every statement on the catalogue's tables."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import RowMapping, Table, delete, func, select, text
from sqlalchemy.dialects.postgresql import aggregate_order_by, insert
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.catalogue import domain, models
from booking_svc.catalogue.domain import CalendarDay, Centre, Desk, Intervals, Organisation, Queue, Service, Snapshot
from booking_svc.catalogue.drafts import Changes

Row = RowMapping


async def lock(session: AsyncSession) -> None:
    """One writer at a time until the transaction's end, so that what was checked is still so when it is stored."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtext('vizyt.catalogue'))"))


async def next_version(session: AsyncSession) -> int:
    """Of what is told about the catalogue; the caller holds `lock`."""
    number: int = (await session.execute(text("SELECT nextval('catalogue_version')"))).scalar_one()
    return number


async def version(session: AsyncSession) -> int:
    """The last one that was given; the caller holds `lock`."""
    number: int = (await session.execute(text("SELECT last_value FROM catalogue_version"))).scalar_one()
    return number


async def load(session: AsyncSession) -> Snapshot:
    """The whole catalogue, what is switched off included."""
    days = await calendar(session)
    desks, queues = await desks_by_centre(session), await queues_by_centre(session)
    organisations = [organisation(row, days[row["code"], None]) for row in await rows(session, models.organisation)]
    services = [service(row) for row in await rows(session, models.service)]
    centres = [
        centre(row, days[None, row["id"]], desks[row["id"]], queues[row["id"]])
        for row in await rows(session, models.centre)
    ]
    return Snapshot(
        {part.code: part for part in organisations},
        {part.code: part for part in services},
        {part.id: part for part in centres},
    )


async def rows(session: AsyncSession, table: Table) -> Sequence[Row]:
    return (await session.execute(select(table).order_by(*table.primary_key))).mappings().all()


async def calendar(session: AsyncSession) -> defaultdict[tuple[str | None, str | None], list[CalendarDay]]:
    """By (organisation, None) and (None, centre), in the order of the dates."""
    result: defaultdict[tuple[str | None, str | None], list[CalendarDay]] = defaultdict(list)
    statement = select(models.calendar_day).order_by(models.calendar_day.c.date)
    for row in (await session.execute(statement)).mappings():
        day = CalendarDay(row["date"], intervals(row["hours"]), row["reason"])
        result[row["organisation"], row["centre"]].append(day)
    return result


async def desks_by_centre(session: AsyncSession) -> defaultdict[str, list[Desk]]:
    result: defaultdict[str, list[Desk]] = defaultdict(list)
    statement = select(models.desk).order_by(models.desk.c.centre, models.desk.c.number)
    for row in (await session.execute(statement)).mappings():
        result[row["centre"]].append(Desk(row["id"], row["number"], tuple(row["services"]), row["active"]))
    return result


async def queues_by_centre(session: AsyncSession) -> defaultdict[str, list[Queue]]:
    given = models.queue_service
    services = (
        select(given.c.queue, func.array_agg(aggregate_order_by(given.c.service, given.c.position)).label("services"))
        .group_by(given.c.queue)
        .subquery()
    )
    statement = (
        select(models.queue, services.c.services)
        .join(services, services.c.queue == models.queue.c.id, isouter=True)
        .order_by(models.queue.c.centre, models.queue.c.code)
    )
    result: defaultdict[str, list[Queue]] = defaultdict(list)
    for row in (await session.execute(statement)).mappings():
        result[row["centre"]].append(Queue(**{**row, "services": tuple(row["services"] or ())}))
    return result


def organisation(row: Row, days: Sequence[CalendarDay]) -> Organisation:
    return Organisation(**row, calendar=tuple(days))


def service(row: Row) -> Service:
    documents = tuple(domain.NeededDocument(**document) for document in row["documents"])
    lists = {"steps": tuple(row["steps"]), "documents": documents, "visit_kinds": tuple(row["visit_kinds"])}
    return Service(**{**row, **lists})


def centre(row: Row, days: Sequence[CalendarDay], desks: Sequence[Desk], queues: Sequence[Queue]) -> Centre:
    point = row["information_point"]
    values = {
        "languages": tuple(row["languages"]),
        "hours": tuple(intervals(day) for day in row["hours"]),
        "information_point": domain.InformationPoint(tuple(point["languages"]), point["hours"]) if point else None,
        "calendar": tuple(days),
        "desks": tuple(desks),
        "queues": tuple(queues),
    }
    return Centre(**{**row, **values})


def intervals(pairs: Iterable[Sequence[int]]) -> Intervals:
    return tuple((start, end) for start, end in pairs)


async def store(session: AsyncSession, changes: Changes) -> None:
    """Writes what differs. Centres take their desks, queues and days along."""
    await upsert(session, models.organisation, [columns(part, "calendar") for part in changes.organisations])
    await store_days(session, "organisation", {part.code: part.calendar for part in changes.organisations})
    await upsert(session, models.service, [asdict(part) for part in changes.services])
    await store_centres(session, changes.centres)


async def store_centres(session: AsyncSession, centres: Sequence[Centre]) -> None:
    await upsert(session, models.centre, [columns(part, "calendar", "desks", "queues") for part in centres])
    await store_days(session, "centre", {part.id: part.calendar for part in centres})
    desks = [{**asdict(desk), "centre": part.id} for part in centres for desk in part.desks]
    queues = [columns(queue, "services", "prepared_until") for part in centres for queue in part.queues]
    await upsert(session, models.desk, desks)
    await upsert(session, models.queue, queues)
    given = models.queue_service
    await session.execute(delete(given).where(given.c.centre.in_([part.id for part in centres])))
    await fill(session, given, [row for part in centres for queue in part.queues for row in given_by(queue)])


def given_by(queue: Queue) -> list[dict[str, Any]]:
    return [
        {"centre": queue.centre, "service": service, "queue": queue.id, "position": position}
        for position, service in enumerate(queue.services)
    ]


async def store_days(session: AsyncSession, owner: str, days: Mapping[str, Sequence[CalendarDay]]) -> None:
    """The whole calendars of the organisations or centres that are the keys of `days`."""
    table = models.calendar_day
    await session.execute(delete(table).where(table.c[owner].in_(list(days))))
    await fill(session, table, [{owner: key, **asdict(day)} for key, listed in days.items() for day in listed])


async def upsert(session: AsyncSession, table: Table, values: Sequence[dict[str, Any]]) -> None:
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    if values:
        replaced = {name: statement.excluded[name] for name in values[0] if name not in keys}
        await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=replaced), values)


async def fill(session: AsyncSession, table: Table, values: Sequence[dict[str, Any]]) -> None:
    if values:
        await session.execute(insert(table), values)


def columns(part: Any, *without: str) -> dict[str, Any]:
    """The value's fields as columns, but those that have tables of their own."""
    return {name: value for name, value in asdict(part).items() if name not in without}


async def sealed_names(session: AsyncSession, ids: Sequence[str]) -> Sequence[Row]:
    """These members of staff, their names sealed."""
    return (await session.execute(select(models.staff).where(models.staff.c.id.in_(ids)))).mappings().all()


async def store_staff(session: AsyncSession, members: Sequence[dict[str, Any]]) -> None:
    await upsert(session, models.staff, members)
