"""For `doctor`: bookings in a closed time that nobody has moved or cancelled."""

from __future__ import annotations

from datetime import timedelta

from booking_svc.closures import repository
from services.context import Context

PATIENCE = timedelta(minutes=2)
"""The job has this long."""


async def check(context: Context) -> list[str]:
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await repository.unseen(session, since=now.date() - timedelta(days=1), before=now - PATIENCE)
    return [f"booking {row.id} is in a closed slot, and nobody has moved or cancelled it" for row in found]
