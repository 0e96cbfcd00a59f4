"""Bookings and visits by anything, and how long people waited and were served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stats_svc.domain import Group, Period, What, percentile
from stats_svc.queries.asked import Asked, key

PLACELESS = frozenset({Group.DESK, Group.SERVICE, Group.CHANNEL})
"""What some counts have not: a booking has no desk."""


@dataclass(frozen=True)
class Durations:
    """`buckets`: how many in each; `seconds`: of all together."""

    buckets: Mapping[int, int] = field(default_factory=dict)
    seconds: int = 0

    @property
    def n(self) -> int:
        return sum(self.buckets.values())

    def percentile(self, share: float) -> float | None:
        return percentile(self.buckets.items(), share)

    @property
    def mean(self) -> float | None:
        return self.seconds / self.n if self.buckets else None


async def tallies(session: AsyncSession, asked: Asked) -> dict[str, dict[What, int]]:
    """By key, how many of what."""
    found: dict[str, dict[What, int]] = {}
    for row in await session.execute(text(TALLY.format(**_parts(asked, "tally"))), asked.fields()):
        found.setdefault(row.key, {})[What(row.what)] = int(row.n)
    return found


async def durations(session: AsyncSession, asked: Asked, kind: Period) -> dict[str, Durations]:
    """By key; none by channel, which is not kept of them."""
    if asked.group is Group.CHANNEL:
        return {}
    buckets: dict[str, dict[int, int]] = {}
    seconds: dict[str, int] = {}
    fields = {**asked.fields(), "kind": kind.value}
    for row in await session.execute(text(DURATION.format(**_parts(asked, "duration"))), fields):
        buckets.setdefault(row.key, {})[row.bucket] = int(row.n)
        seconds[row.key] = seconds.get(row.key, 0) + int(row.seconds)
    return {name: Durations(counted, seconds[name]) for name, counted in buckets.items()}


def add_tallies(parts: Sequence[Mapping[What, int]]) -> dict[What, int]:
    return {what: n for what in What if (n := sum(part.get(what, 0) for part in parts))}


def add_durations(parts: Sequence[Durations]) -> Durations:
    """Histograms add up, bucket by bucket: no percentile is lost by it."""
    buckets: dict[int, int] = {}
    for part in parts:
        for number, n in part.buckets.items():
            buckets[number] = buckets.get(number, 0) + n
    return Durations(buckets, sum(part.seconds for part in parts))


def _parts(asked: Asked, table: str) -> dict[str, str]:
    named = f" AND {table}.{asked.group.value} <> ''" if asked.group in PLACELESS else ""
    return {"key": key(asked.group, table), "conditions": asked.conditions(table) + named}


TALLY = """
SELECT {key} AS key, what, sum(n) AS n
FROM tally LEFT JOIN centre c ON c.code = tally.centre
WHERE {conditions}
GROUP BY 1, 2 ORDER BY 1
"""

DURATION = """
SELECT {key} AS key, bucket, sum(n) AS n, sum(seconds) AS seconds
FROM duration LEFT JOIN centre c ON c.code = duration.centre
WHERE duration.kind = :kind AND {conditions}
GROUP BY 1, 2 ORDER BY 1
"""
