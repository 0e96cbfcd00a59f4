"""What is wrong in a service's own store, in words: `./vizyt doctor` prints it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

from sqlalchemy import text

from services.context import Context

Check = Callable[[Context], Awaitable[list[str]]]
OUTBOX_PATIENCE = timedelta(seconds=30)


async def findings(context: Context, checks: Sequence[Check]) -> list[str]:
    """Empty when all is well."""
    found: list[str] = []
    for check in (*checks, _outbox, _dead_letters):
        found += await check(context)
    return found


async def _outbox(context: Context) -> list[str]:
    statement = text("SELECT count(*) FROM outbox WHERE published_at IS NULL AND created_at < :before")
    async with context.db.begin() as session:
        late = await session.scalar(statement, {"before": context.clock.now() - OUTBOX_PATIENCE})
    return [f"{late} events wait in the outbox for more than {OUTBOX_PATIENCE.seconds} seconds"] if late else []


async def _dead_letters(context: Context) -> list[str]:
    statement = text("SELECT event_id, subject, reason, at FROM dead_letter ORDER BY at DESC LIMIT 20")
    async with context.db.begin() as session:
        letters = (await session.execute(statement)).all()
    return [f"dead letter {row.event_id} ({row.subject}, {row.at:%Y-%m-%d %H:%M}): {row.reason}" for row in letters]
