"""What the checker looks for in the two databases, beside `tests/proof/agreement.py`."""

from __future__ import annotations

from typing import Any

import asyncpg

from tests.proof.world import CONSUMED
from tests.soak.citizens import LIMIT, History

Connection = asyncpg.Connection


async def unrest(bookings: Connection, quotas: Connection) -> list[str]:
    """What is still going on, counted; in the end each event told has reached whom it concerns."""
    counts = {
        "holds live": await bookings.fetchval("SELECT count(*) FROM booking WHERE status = 'held'"),
        "reservations wait": await quotas.fetchval("SELECT count(*) FROM reservation WHERE state = 'reserved'"),
        "events not told": await bookings.fetchval(UNTOLD) + await quotas.fetchval(UNTOLD),
    }
    if not any(counts.values()):
        told = await bookings.fetch("SELECT event_id FROM outbox WHERE subject = ANY ($1)", CONSUMED)
        received = {row[0] for row in await quotas.fetch("SELECT event_id FROM inbox")}
        counts["events not received"] = sum(row[0] not in received for row in told)
    return [f"{count} {what}" for what, count in counts.items() if count]


UNTOLD = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


async def lost(history: History, bookings: Connection) -> list[str]:
    """What was acknowledged and is not there as it was, and what is there though nobody was told."""
    found = {str(row["id"]): row for row in await bookings.fetch("SELECT * FROM booking WHERE status <> 'void'")}
    changed = [
        f"acknowledged: {answer}; found: {found.get(key)}"
        for key, answer in history.bookings.items()
        if key not in found or not _same(answer, found[key])
    ]
    unknown = found.keys() - history.bookings.keys()
    return changed + [f"nobody knows: {found[key]}" for key in unknown if found[key]["status"] != "expired"]


def _same(answer: dict[str, Any], row: Any) -> bool:
    """A hold that nobody confirmed has run out; a ticket keeps its number."""
    status = {"held": "expired"}.get(answer["status"], answer["status"])
    ticket = answer["ticket"]["number"] if answer["ticket"] else row["ticket_number"]
    return bool(row["status"] == status and row["ticket_number"] == ticket)


async def over_quota(bookings: Connection, quotas: Connection) -> list[str]:
    """Who has more bookings in a month than allowed, by the bookings, or ever had, by the ledger."""
    now = [f"over the limit in {row[1]:%Y-%m}: {row[2]}" for row in await bookings.fetch(COUNTING, LIMIT)]
    return now + [f"over the limit at some time: {row[0]}" for row in await quotas.fetch(EVER, LIMIT)]


COUNTING = """
SELECT applicant_key, date_trunc('month', visit_date), count(*) FROM booking
WHERE status = 'held' OR confirmed_at IS NOT NULL AND coalesce(cancelled_by, 'applicant') = 'applicant'
GROUP BY 1, 2 HAVING count(*) > $1
"""
EVER = """
SELECT max(used) FROM (
    SELECT applicant_key, period_start, sum(delta) OVER (
        PARTITION BY applicant_key, organisation, kind, channel, period, period_start ORDER BY id
    ) AS used FROM ledger
) AS history GROUP BY applicant_key, period_start HAVING max(used) > $1
"""
