"""Ratings by anything: of the narrow table of days where it knows enough, else of the one that holds every answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stats_svc.domain import OVERALL, POSITIVE_FROM, Group
from stats_svc.queries.asked import Asked, key

IN_FULL = frozenset({Group.DESK, Group.SERVICE, Group.CHANNEL})


@dataclass(frozen=True)
class Ratings:
    """Of one cell: how many, the sum of their values, how many were of which kind. `values`: how many of each answer;
    empty where that was not read.
    """

    key: str
    n: int = 0
    total: int = 0
    positive: int = 0
    negative: int = 0
    verified: int | None = None
    flagged: int | None = None
    values: Mapping[int, int] = field(default_factory=dict)


async def ratings(session: AsyncSession, asked: Asked) -> list[Ratings]:
    """By key. By question, the answers to each; else those to the question on the whole, which is a rating each."""
    if asked.group in IN_FULL or (asked.group is Group.QUESTION and asked.centre):
        return await _in_full(session, asked)
    return await _by_day(session, asked)


async def _by_day(session: AsyncSession, asked: Asked) -> list[Ratings]:
    rows = await session.execute(text(BY_DAY.format(**_parts(asked, "rating"))), asked.fields())
    return [
        Ratings(
            row.key,
            n=int(row.n),
            total=int(row.total),
            positive=int(row.positive),
            negative=int(row.negative),
            verified=int(row.verified),
            flagged=int(row.flagged),
        )
        for row in rows
    ]


async def _in_full(session: AsyncSession, asked: Asked) -> list[Ratings]:
    found: dict[str, dict[int, int]] = {}
    for row in await session.execute(text(IN_DETAIL.format(**_parts(asked, "answer"))), asked.fields()):
        found.setdefault(row.key, {})[row.value] = int(row.n)
    return [of_values(name, values) for name, values in found.items()]


def of_values(name: str, values: Mapping[int, int]) -> Ratings:
    n = sum(values.values())
    positive = sum(count for value, count in values.items() if value >= POSITIVE_FROM)
    total = sum(value * count for value, count in values.items())
    return Ratings(name, n, total, positive, n - positive, values=dict(values))


def add(parts: Sequence[Ratings]) -> Ratings:
    """All together."""
    values: dict[int, int] = {}
    for part in parts:
        for value, n in part.values.items():
            values[value] = values.get(value, 0) + n
    return Ratings(
        "",
        n=sum(part.n for part in parts),
        total=sum(part.total for part in parts),
        positive=sum(part.positive for part in parts),
        negative=sum(part.negative for part in parts),
        verified=_sum([part.verified for part in parts]),
        flagged=_sum([part.flagged for part in parts]),
        values=values,
    )


def _sum(parts: Sequence[int | None]) -> int | None:
    known = [part for part in parts if part is not None]
    return sum(known) if known or not parts else None


def _parts(asked: Asked, table: str) -> dict[str, str]:
    question = "" if asked.group is Group.QUESTION else f" AND {table}.question = '{OVERALL}'"
    desks = f" AND {table}.{asked.group.value} <> ''" if asked.group in IN_FULL else ""
    conditions = f"{asked.conditions(table)} AND {table}.evaluator = :evaluator{question}{desks}"
    return {"key": key(asked.group, table), "conditions": conditions}


# PostgreSQL adds bigint as numeric, which takes several times as long; a day's row is far from the end of an integer.
BY_DAY = """
SELECT {key} AS key, sum(answers::int) AS n, sum(total::int) AS total, sum(positive::int) AS positive,
    sum(negative::int) AS negative, sum(verified::int) AS verified, sum(flagged::int) AS flagged
FROM rating LEFT JOIN centre c ON c.code = rating.centre
WHERE {conditions}
GROUP BY 1 ORDER BY 1
"""

IN_DETAIL = """
SELECT {key} AS key, answer.value, sum(n) AS n
FROM answer LEFT JOIN centre c ON c.code = answer.centre
WHERE {conditions}
GROUP BY 1, 2 ORDER BY 1, 2
"""
