"""Refused wishes are told in sums, and cost nothing else."""

from __future__ import annotations

import json
from typing import Any

import asyncpg

from services.testing import eventually
from tests.booking_svc.bookings.conftest import Town


async def told(town: Town) -> list[dict[str, Any]]:
    store = await asyncpg.connect(town.booking_url)
    statement = "SELECT envelope FROM outbox WHERE subject = 'booking.refusals_counted.v1' ORDER BY id"
    rows = await store.fetch(statement)
    await store.close()
    return [json.loads(row["envelope"])["data"] for row in rows]


async def test_refusals_are_counted_by_their_reason(town: Town) -> None:
    """Whose quota is used up asks three times more; about a second later it is told, and of whom it was is not."""
    olena = town.citizen()
    for hour in range(9, 13):
        assert (await town.hold(olena, town.at(f"{hour:02d}:00", days=1))).status_code == 201
    for _ in range(3):
        assert (await town.hold(olena, town.at("14:00", days=1))).json()["code"] == "quota_exhausted"

    async def all_told() -> bool:
        return sum(event["refusals"] for event in await told(town)) == 3

    await eventually(all_told)
    [*_, last] = await told(town)
    where = {name: last[name] for name in ("organisation", "centre", "service", "channel", "because")}
    assert where == {
        "organisation": "hsc",
        "centre": "town",
        "service": "licence-exchange",
        "channel": "online",
        "because": "quota_exhausted",
    }
    assert last["visit_date"] == str(town.at("14:00", days=1).date())
    assert last.keys() == {*where, "visit_date", "refusals"}
