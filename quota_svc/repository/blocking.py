"""No-shows and blocks: who did not come, and who may not book online until staff lift it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Block, Kind, NoShow
from quota_svc.models import block, no_show
from services.db import Db


class Person(NamedTuple):
    """Whose no-shows count together."""

    applicant_key: str
    organisation: str


class Reserved(NamedTuple):
    """Whose booking it is. `visit_date`: as the visit was last, because it may have moved; `no_show_limit`: of the
    policy for individuals online, on that day.
    """

    person: Person
    kind: Kind
    visit_date: date
    no_show_limit: int | None


async def reserved(session: AsyncSession, visits: Mapping[UUID, date]) -> dict[UUID, Reserved]:
    """The reservations of these bookings, by the days of the visits; those that do not exist are left out."""
    fields = {"booking_ids": list(visits), "visit_dates": list(visits.values())}
    rows = await session.execute(RESERVED, fields)
    return {
        row.booking_id: Reserved(
            Person(row.applicant_key, row.organisation), Kind(row.kind), row.visit_date, row.no_show_limit
        )
        for row in rows
    }


async def lock(session: AsyncSession, people: Iterable[Person]) -> None:
    """Until the commit nobody else counts these persons' no-shows: two who add one each would both see too few."""
    names = sorted({f"{person.organisation}/{person.applicant_key}" for person in people})
    for name in names:
        await session.execute(LOCK, {"name": name})


async def record(session: AsyncSession, missed: Iterable[tuple[NoShow, Reserved]], *, now: datetime) -> None:
    """One no-show per booking, however often it is told."""
    rows = [
        {
            "booking_id": one.booking_id,
            "applicant_key": of.person.applicant_key,
            "organisation": of.person.organisation,
            "visit_date": of.visit_date,
            "centre": one.centre,
            "at": one.at,
            "no_show_limit": of.no_show_limit,
            "recorded_at": now,
        }
        for one, of in missed
    ]
    if rows:
        rows.sort(key=lambda row: str(row["booking_id"]))
        await session.execute(insert(no_show).values(rows).on_conflict_do_nothing())


async def of_month(session: AsyncSession, person: Person, month: date) -> list[NoShow]:
    """The person's no-shows in the month that starts so."""
    rows = await session.execute(OF_MONTH, {**person._asdict(), "month": month})
    return [NoShow(row.booking_id, row.visit_date, row.centre, row.at) for row in rows]


async def forgiven_until(session: AsyncSession, person: Person) -> datetime | None:
    """When the person was unblocked last."""
    until: datetime | None = await session.scalar(FORGIVEN_UNTIL, person._asdict())
    return until


async def close(session: AsyncSession, item: Block) -> None:
    """Nothing where a block is in force already: it goes on."""
    values = {
        "id": item.id,
        "applicant_key": item.applicant_key,
        "organisation": item.organisation,
        "month": item.month,
        "no_show_limit": item.no_show_limit,
        "missed": list(item.missed),
        "centre": item.centre,
        "since": item.since,
    }
    statement = insert(block).values(values)
    await session.execute(
        statement.on_conflict_do_nothing(
            index_elements=[block.c.applicant_key, block.c.organisation], index_where=block.c.ended_at.is_(None)
        )
    )


async def end(
    session: AsyncSession, keys: Sequence[str], organisation: str, *, by: str, because: str, now: datetime
) -> list[Block]:
    """Ends what is in force under any of the applicant's keys; gives what was ended."""
    fields = {"keys": list(keys), "organisation": organisation, "by": by, "because": because, "now": now}
    return [_block(row) for row in await session.execute(END, fields)]


async def newest(session: AsyncSession, keys: Sequence[str], organisation: str) -> Block | None:
    """The applicant's block in force, else the one that ended last."""
    row = (await session.execute(NEWEST, {"keys": list(keys), "organisation": organisation})).first()
    return _block(row) if row else None


async def by_ids(db: Db, block_ids: Collection[UUID]) -> dict[UUID, Block]:
    rows = await db.hot("SELECT * FROM block WHERE id = ANY ($1)", list(block_ids))
    return {row["id"]: _block(row) for row in rows}


async def missing(session: AsyncSession) -> Sequence[Row[Any]]:
    """Months in which the no-shows reached the limit, and nobody was blocked."""
    return (await session.execute(MISSING)).all()


def _block(row: Any) -> Block:
    of = row._mapping if isinstance(row, Row) else row
    return Block(
        id=of["id"],
        applicant_key=of["applicant_key"],
        organisation=of["organisation"],
        month=of["month"],
        no_show_limit=of["no_show_limit"],
        missed=tuple(of["missed"]),
        centre=of["centre"],
        since=of["since"],
        ended_at=of["ended_at"],
    )


LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")

RESERVED = text("""
SELECT r.booking_id, r.applicant_key, r.organisation, r.kind, visit.visit_date, p.no_show_limit
FROM unnest(CAST(:booking_ids AS uuid[]), CAST(:visit_dates AS date[])) AS visit (booking_id, visit_date)
JOIN reservation r ON r.booking_id = visit.booking_id
LEFT JOIN policy p ON p.organisation = r.organisation AND p.kind = 'individual' AND p.channel = 'online'
    AND p.valid_from <= visit.visit_date AND (p.valid_to IS NULL OR visit.visit_date <= p.valid_to)
""")

OF_MONTH = text("""
SELECT booking_id, visit_date, centre, at FROM no_show
WHERE applicant_key = :applicant_key AND organisation = :organisation
    AND visit_date >= :month AND visit_date < CAST(:month AS date) + interval '1 month'
""")

FORGIVEN_UNTIL = text("""
SELECT max(ended_at) FROM block WHERE applicant_key = :applicant_key AND organisation = :organisation
""")

END = text("""
UPDATE block SET ended_at = :now, ended_by = :by, ended_because = :because
WHERE applicant_key = ANY (CAST(:keys AS text[])) AND organisation = :organisation AND ended_at IS NULL
RETURNING *
""")

NEWEST = text("""
SELECT * FROM block WHERE applicant_key = ANY (CAST(:keys AS text[])) AND organisation = :organisation
ORDER BY ended_at DESC NULLS FIRST LIMIT 1
""")

# The limit that holds for a month is the one of its last recorded no-show: later changes of the policy touch no past.
MISSING = text("""
SELECT s.organisation, CAST(date_trunc('month', CAST(s.visit_date AS timestamp)) AS date) AS month,
    CAST(count(*) AS integer) AS no_shows,
    (array_agg(s.no_show_limit ORDER BY s.recorded_at DESC, s.booking_id DESC))[1] AS no_show_limit
FROM no_show s
WHERE NOT EXISTS (
    SELECT FROM block b
    WHERE b.applicant_key = s.applicant_key AND b.organisation = s.organisation
        AND (b.ended_at IS NULL OR b.ended_at >= s.at)
)
GROUP BY s.applicant_key, s.organisation, month
HAVING count(*) >= (array_agg(s.no_show_limit ORDER BY s.recorded_at DESC, s.booking_id DESC))[1]
ORDER BY s.organisation, month LIMIT 20
""")
