"""From rows to what is shown."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import asyncpg
import orjson
from sqlalchemy import Row

from booking_svc.board.domain import holds_until, wait_at
from booking_svc.board.memory import Board, Waits
from booking_svc.board.schemas import ComparisonView, Percentiles
from booking_svc.catalogue.domain import Centre


def board(row: asyncpg.Record, centre: Centre, waits: Waits, *, now: datetime) -> Board:
    """`BoardView` as bytes: every listener gets the same."""
    zone = centre.zone
    shown = {
        "calls": [
            {
                "ticket": ticket,
                "desk": desk,
                "desk_number": number,
                "called_at": called_at.astimezone(zone),
                "calls": calls,
            }
            for ticket, desk, number, called_at, calls in row["calls"] or ()
        ],
        "waiting": row["waiting"] or [],
        "paused": row["reason"] and {"reason": row["reason"], "since": row["since"].astimezone(zone)},
        "waits": _waits(centre, waits, now=now),
    }
    return Board(centre.id, zone, row["version"], orjson.dumps(shown)[1:], holds_until(now, zone))


def _waits(centre: Centre, waits: Waits, *, now: datetime) -> list[dict[str, Any]]:
    day = now.astimezone(centre.zone).date()
    shown = []
    for queue in centre.queues:
        if queue.active:
            wait = wait_at(waits.of(queue.id, day), now, centre.zone)
            shown.append(
                {
                    "queue": queue.id,
                    "services": queue.services,
                    "wait_p50_seconds": wait and wait.p50_seconds,
                    "wait_p90_seconds": wait and wait.p90_seconds,
                    "visits": wait and wait.visits,
                }
            )
    return shown


def comparison(row: Row[Any]) -> ComparisonView:
    estimated = None
    if row.estimated_p50_seconds is not None:
        estimated = Percentiles(p50_seconds=row.estimated_p50_seconds, p90_seconds=row.estimated_p90_seconds)
    return ComparisonView(
        date=row.visit_date,
        hour=row.hour,
        queue=row.queue,
        visits=row.visits,
        waited=Percentiles(p50_seconds=row.waited_p50_seconds, p90_seconds=row.waited_p90_seconds),
        estimated=estimated,
        estimated_from=row.estimated_from,
        within_p90=row.within_p90,
    )
