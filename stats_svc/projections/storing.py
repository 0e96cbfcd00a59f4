"""The statements that write figures: sums onto rows by key, in one order for all writers, so that none deadlocks."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import orjson
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.contracts.catalogue import OrganisationChanged
from services.contracts.places import Centre, Named, Names, Organisation
from stats_svc.models import METADATA, PROJECTIONS
from stats_svc.projections.additions import Additions

SHADOW = "shadow"
"""The schema in which projections are made anew, under the same names."""


def _upsert(name: str) -> str:
    """Rows whose key is there add to it."""
    table = METADATA.tables[name]
    keys = [column.name for column in table.primary_key]
    sums = [column.name for column in table.columns if column.name not in keys]
    kinds = {column.name: column.type.compile() for column in table.columns}
    arrays = ", ".join(f"CAST(:{column} AS {kinds[column]}[])" for column in (*keys, *sums))
    added = ", ".join(f"{column} = {name}.{column} + excluded.{column}" for column in sums)
    return (
        f"INSERT INTO {name} ({', '.join((*keys, *sums))}) SELECT * FROM unnest({arrays})"  # noqa: S608 (our names)
        f" ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {added}"
    )


UPSERTS: Mapping[str, Any] = {table.name: text(_upsert(table.name)) for table in PROJECTIONS}
COLUMNS = {
    table.name: [
        *(column.name for column in table.primary_key),
        *(column.name for column in table.columns if not column.primary_key),
    ]
    for table in PROJECTIONS
}


async def store(session: AsyncSession, added: Additions) -> None:
    for name, rows in added.rows():
        if rows:
            columns = zip(*rows, strict=True)
            await session.execute(UPSERTS[name], dict(zip(COLUMNS[name], map(list, columns), strict=True)))
    if added.centres:
        known = sorted((code, *of) for code, of in added.centres.items())
        codes, organisations, regions = (list(column) for column in zip(*known, strict=True))
        await session.execute(MEET, {"codes": codes, "organisations": organisations, "regions": regions})


async def revise(session: AsyncSession) -> None:
    """The figures are others now. Its row is locked last: no revision is seen before what it is of."""
    await session.execute(text("UPDATE revision SET n = n + 1"))


async def rebuilding(session: AsyncSession) -> bool:
    """Whether the figures are being made anew. The caller has written to the inbox, which whoever begins or ends that
    locks first: so it stays as it is until the caller commits.
    """
    return bool(await session.scalar(text("SELECT EXISTS (SELECT FROM rebuild WHERE state = 'running')")))


@asynccontextmanager
async def shadow(session: AsyncSession) -> AsyncIterator[None]:
    """All statements within mean the tables that are being made anew."""
    await session.execute(text(f"SET LOCAL search_path TO {SHADOW}, public"))
    yield
    await session.execute(text("SET LOCAL search_path TO public"))


async def time_zones(session: AsyncSession, centres: Collection[str]) -> dict[str, str]:
    statement = text("SELECT code, time_zone FROM centre WHERE code = ANY (:codes) AND time_zone IS NOT NULL")
    rows = await session.execute(statement, {"codes": sorted(centres)})
    return {row.code: row.time_zone for row in rows}


async def learn(
    session: AsyncSession,
    centres: Sequence[Centre],
    services: Sequence[Named],
    organisations: Sequence[Organisation | OrganisationChanged],
) -> None:
    for centre in newest(centres, "centre"):
        await session.execute(CENTRE, _centre(centre))
        for desk in sorted(centre.desks, key=lambda desk: desk.id):
            fields = {"code": desk.id, "version": centre.version, "centre": centre.centre, "number": desk.desk_number}
            await session.execute(DESK, fields)
    for statement, named in ((SERVICE, newest(services, "code")), (ORGANISATION, newest(organisations, "code"))):
        for item in named:
            fields = {"code": item.code, "version": item.version, "name": _json(item.name)}
            await session.execute(statement, fields)


def newest(states: Sequence[Any], key: str) -> list[Any]:
    """The latest of each, in the order of their keys."""
    latest: dict[str, Any] = {}
    for state in sorted(states, key=lambda state: state.version):
        latest[getattr(state, key)] = state
    return [latest[code] for code in sorted(latest)]


def _centre(centre: Centre) -> dict[str, Any]:
    return {
        "code": centre.centre,
        "version": centre.version,
        "organisation": centre.organisation,
        "region": centre.region,
        "name": _json(centre.name),
        "region_name": _json(centre.region_name),
        "time_zone": centre.time_zone,
        "active": centre.active,
    }


def _json(names: Names | None) -> str | None:
    return orjson.dumps(names.model_dump()).decode() if names else None


MEET = text("""
INSERT INTO centre (code, version, organisation, region)
SELECT code, -1, organisation, region
FROM unnest(CAST(:codes AS text[]), CAST(:organisations AS text[]), CAST(:regions AS text[]))
    AS row (code, organisation, region)
WHERE NOT EXISTS (
    SELECT FROM centre WHERE centre.code = row.code AND (centre.region IS NOT NULL OR row.region IS NULL)
)
ON CONFLICT (code) DO UPDATE SET region = coalesce(centre.region, excluded.region)
""")

CENTRE = text("""
INSERT INTO centre (code, version, organisation, region, name, region_name, time_zone, active)
VALUES (:code, :version, :organisation, :region, CAST(:name AS jsonb), CAST(:region_name AS jsonb), :time_zone, :active)
ON CONFLICT (code) DO UPDATE SET version = excluded.version, organisation = excluded.organisation,
    region = excluded.region, name = excluded.name, region_name = excluded.region_name,
    time_zone = excluded.time_zone, active = excluded.active
WHERE centre.version < excluded.version
""")

DESK = text("""
INSERT INTO desk (code, version, centre, number) VALUES (:code, :version, :centre, :number)
ON CONFLICT (code) DO UPDATE SET version = excluded.version, centre = excluded.centre, number = excluded.number
WHERE desk.version < excluded.version
""")

SERVICE = text("""
INSERT INTO service (code, version, name) VALUES (:code, :version, CAST(:name AS jsonb))
ON CONFLICT (code) DO UPDATE SET version = excluded.version, name = excluded.name
WHERE service.version < excluded.version
""")

ORGANISATION = text("""
INSERT INTO organisation (code, version, name) VALUES (:code, :version, CAST(:name AS jsonb))
ON CONFLICT (code) DO UPDATE SET version = excluded.version, name = excluded.name
WHERE organisation.version < excluded.version
""")
