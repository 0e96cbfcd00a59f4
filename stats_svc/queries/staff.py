"""What was done at each desk of a centre."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from stats_svc.queries.asked import Asked


@dataclass
class Work:
    """Of one desk: visits and seconds by service."""

    served: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, int] = field(default_factory=dict)

    @property
    def visits(self) -> int:
        return sum(self.served.values())

    @property
    def minutes(self) -> float:
        return sum(self.seconds.values()) / 60


async def work(session: AsyncSession, asked: Asked) -> dict[str, Work]:
    """By desk, of the centre and days that are asked for."""
    found: dict[str, Work] = {}
    for row in await session.execute(WORK, asked.fields()):
        desk = found.setdefault(row.desk, Work())
        desk.served[row.service], desk.seconds[row.service] = int(row.n), int(row.seconds)
    return found


def minutes_each(desks: dict[str, Work]) -> dict[str, float]:
    """How long each service usually takes here: the mean of all desks together."""
    services = {service for desk in desks.values() for service in desk.served}
    return {
        service: sum(desk.seconds.get(service, 0) for desk in desks.values())
        / 60
        / sum(desk.served.get(service, 0) for desk in desks.values())
        for service in services
    }


WORK = text("""
SELECT desk, service, sum(n) AS n, sum(seconds) AS seconds FROM duration
WHERE kind = 'serving' AND day BETWEEN :first AND :last AND centre = :centre AND desk <> ''
GROUP BY desk, service ORDER BY desk, service
""")
