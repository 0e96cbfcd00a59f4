"""How what is due is sent, by services that keep what they send: taken under a lease, tried again with patience."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncSession

from services.context import Context

AT_ONCE = 20
LEASE = timedelta(minutes=5)
"""Longer than the longest conversation with a mail server (`services.messages.smtp`: nine steps of 30 seconds)."""
STUCK_ATTEMPTS, STUCK_AFTER = 3, timedelta(minutes=20)
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(minutes=30)


def again(attempts: int, *, now: datetime) -> datetime:
    """When to try next, after so many attempts in vain: 30 seconds, then twice as long each time, half an hour."""
    waits: timedelta = FIRST_WAIT * (1 << min(attempts - 1, 10))
    return now + min(waits, LONGEST_WAIT)


class Leasing(Protocol):
    """A repository's statement: takes what is due at `now` until `until`, so that nobody else sends it meanwhile."""

    def __call__(
        self, session: AsyncSession, *, now: datetime, until: datetime, limit: int
    ) -> Awaitable[Sequence[Row[Any]]]: ...


async def send_all(context: Context, lease: Leasing, settle: Callable[[Row[Any], datetime], Awaitable[None]]) -> None:
    """Everything that is due, a few at a time, so that what is decided is decided shortly before it is sent. `settle`
    sends one, or notes why not; it gets the end of the lease and must not raise.
    """
    taken = AT_ONCE
    while taken == AT_ONCE:
        now = context.clock.now()
        async with context.db.begin() as session:
            rows = await lease(session, now=now, until=now + LEASE, limit=AT_ONCE)
        await asyncio.gather(*(settle(row, now + LEASE) for row in rows))
        taken = len(rows)
