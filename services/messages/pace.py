"""How often what could not be sent is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta

FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)


def again(attempts: int, *, now: datetime) -> datetime:
    """When to try next, after so many attempts in vain: 30 seconds, then twice as long each time, half an hour."""
    waits: timedelta = FIRST_WAIT * (1 << min(attempts - 1, 10))
    return now + min(waits, LONGEST_WAIT)
