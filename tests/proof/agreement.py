"""Whether two databases tell one story: slots and bookings in the one, ledger, usage and reservations in the other.

Written anew from the rules (domain.md §2, design.md §3), not from what `doctor` does.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import asyncpg

Connection = asyncpg.Connection
Row = asyncpg.Record
USAGE = "applicant_key, organisation, kind, channel, period, period_start"
CONFIRMED = {"confirmed", "called", "serving", "finished", "refused", "missed"}
LIVE = CONFIRMED | {"held"}


async def disagreements(bookings: Connection, quotas: Connection) -> list[str]:
    """What does not fit together once everything has come to rest; empty when all is well."""
    found = {row["id"]: row for row in await bookings.fetch("SELECT * FROM booking WHERE status <> 'void'")}
    slots = await bookings.fetch("SELECT id, capacity, taken FROM slot")
    reservations = {row["booking_id"]: row for row in await quotas.fetch("SELECT * FROM reservation")}
    ledger = await quotas.fetch(f"SELECT {USAGE}, sum(delta)::int AS used FROM ledger GROUP BY {USAGE}")
    usage = await quotas.fetch(f"SELECT {USAGE}, used FROM usage")
    return [
        *wrong_slots(slots, found),
        *wrong_reservations(found, reservations),
        *wrong_sums(usage, ledger, reservations),
        *[f"{row['subject']} is not published" for row in await bookings.fetch(UNPUBLISHED)],
        *[f"dead letter: {row['reason']}" for base in (bookings, quotas) for row in await base.fetch(DEAD)],
    ]


UNPUBLISHED = "SELECT subject FROM outbox WHERE published_at IS NULL"
DEAD = "SELECT reason FROM dead_letter"


def wrong_slots(slots: list[Row], found: dict[Any, Row]) -> Iterator[str]:
    taken = Counter(row["slot_id"] for row in found.values() if row["status"] in LIVE)
    for slot in slots:
        if not taken[slot["id"]] == slot["taken"] <= slot["capacity"]:
            yield f"slot {slot['id']}: {taken[slot['id']]} bookings, {slot['taken']} of {slot['capacity']} taken"


def wrong_reservations(found: dict[Any, Row], reservations: dict[Any, Row]) -> Iterator[str]:
    for key, row in found.items():
        reservation = reservations.get(key)
        if reservation is None or reservation["state"] != fate(row, reservation):
            yield f"booking {key} is {row['status']}, its reservation {reservation and reservation['state']}"
    for key, reservation in reservations.items():
        if key not in found and reservation["state"] != "released":
            yield f"reservation {key} is {reservation['state']}, and there is no booking"
        if reservation["breach"]:
            yield f"reservation {key}: {reservation['breach']}"


def fate(row: Row, reservation: Row) -> str:
    """What must have become of a booking's reservation."""
    if row["status"] in CONFIRMED:
        return "committed"
    if row["status"] == "held":
        return "reserved"
    kept = row["confirmed_at"] and row["cancelled_by"] == "applicant" and reservation["cancelled_counts"]
    return "cancelled_counts" if kept else "released"


def wrong_sums(usage: list[Row], ledger: list[Row], reservations: dict[Any, Row]) -> Iterator[str]:
    names = USAGE.split(", ")

    def key(row: Row) -> tuple[Any, ...]:
        return tuple(row[name] for name in names)

    counted = Counter(key(row) for row in reservations.values() if row["state"] != "released")
    used, entered = ({key(row): row["used"] for row in rows} for rows in (usage, ledger))
    for one in counted.keys() | used.keys() | entered.keys():
        sums = used.get(one, 0), entered.get(one, 0), counted[one]
        if len(set(sums)) > 1:
            yield f"{one[1:]}: usage {sums[0]}, ledger {sums[1]}, reservations {sums[2]}"
