"""What `doctor` compares."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession


async def differing_ratings(session: AsyncSession) -> Sequence[Row[Any]]:
    """Days on which the answers in sum are not the answers in full."""
    return (await session.execute(RATINGS)).all()


async def differing_visits(session: AsyncSession) -> Sequence[Row[Any]]:
    """Days on which not every visit that ended was measured."""
    return (await session.execute(VISITS)).all()


async def counted(session: AsyncSession) -> dict[str, int]:
    """How many events of each subject, dead letters included: these are told of by themselves."""
    return {row.subject: int(row.n) for row in await session.execute(COUNTED)}


RATINGS = text("""
SELECT day, centre FROM (
    SELECT day, centre, question, answers AS n, total FROM rating
    UNION ALL
    SELECT day, centre, question, -n, -n * value FROM answer
) AS sides
GROUP BY day, centre, question HAVING sum(n) <> 0 OR sum(total) <> 0
ORDER BY day, centre LIMIT 20
""")

VISITS = text("""
SELECT day, centre FROM (
    SELECT day, centre, n FROM tally WHERE what IN ('served', 'failed', 'missing_documents')
    UNION ALL
    SELECT day, centre, -n FROM duration WHERE kind = 'serving'
) AS sides
GROUP BY day, centre HAVING sum(n) <> 0
ORDER BY day, centre LIMIT 20
""")

COUNTED = text("""
SELECT subject, sum(n) AS n FROM (
    SELECT subject, n FROM applied
    UNION ALL
    SELECT subject, 1 FROM dead_letter
) AS all_of_them GROUP BY subject
""")
