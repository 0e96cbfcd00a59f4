"""Ratings by month and centre: what is published."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stats_svc.domain import OVERALL

Text = Mapping[str, str]


@dataclass(frozen=True)
class Row:
    """Of one centre in one month. Names may be unknown yet."""

    month: str
    region: str
    organisation: str
    centre: str
    region_name: Text | None
    centre_name: Text | None
    ratings: int
    total: int
    positive: int


async def rows(session: AsyncSession, *, until: date) -> list[Row]:
    """Until this day, included; own questionnaires only."""
    found = await session.execute(ROWS, {"until": until, "question": OVERALL})
    return [Row(*row[:6], *(int(value) for value in row[6:])) for row in found]


async def first_day(session: AsyncSession) -> date | None:
    day: date | None = await session.scalar(text("SELECT min(day) FROM rating WHERE centre <> ''"))
    return day


ROWS = text("""
SELECT left(CAST(day AS text), 7) AS month, coalesce(c.region, '') AS region, c.organisation, c.code, c.region_name,
    c.name, sum(answers), sum(total), sum(positive)
FROM rating JOIN centre c ON c.code = rating.centre
WHERE question = :question AND evaluator = '' AND day <= :until
GROUP BY 1, 2, c.organisation, c.code, c.region_name, c.name
ORDER BY 1, 2, c.code
""")
