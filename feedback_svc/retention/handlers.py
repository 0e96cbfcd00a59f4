"""Once a day, words and contacts that were kept long enough are erased; the figures stay."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import structlog

from feedback_svc.retention import repository
from feedback_svc.retention.domain import kept_since
from services.context import Context

log = structlog.get_logger()
AT_ONCE = 500
PATIENCE = timedelta(days=2)


class Daily:
    """On which day the job has last done all there was."""

    done_on: date | None = None


async def erase_daily(context: Context) -> None:
    """The job."""
    today = context.clock.now().date()
    if context.get(Daily).done_on == today:
        return
    erased = sum([await _erase(context, owner, since) for owner, since in await _due(context)])
    if erased:
        log.info("retention.erased", ratings=erased)
    context.get(Daily).done_on = today


async def check(context: Context) -> list[str]:
    """For `doctor`: what should have been erased two days ago."""
    late = []
    for owner, since in await _due(context):
        async with context.db.begin() as session:
            number = await repository.count(session, owner, kept_since=since - PATIENCE)
        if number:
            late.append(f"organisation {owner}: the words or contacts of {number} ratings are kept too long")
    return late


async def _due(context: Context) -> list[tuple[str, date]]:
    """Each organisation that erases, and the first day that it keeps."""
    now = context.clock.now()
    async with context.db.begin() as session:
        rows = await repository.rules(session)
    return [(row.code, kept_since(now, ZoneInfo(row.time_zone), days=row.retention_days)) for row in rows]


async def _erase(context: Context, owner: str, since: date) -> int:
    """In small transactions, so that nobody waits for it."""
    erased, done = 0, AT_ONCE
    while done == AT_ONCE:
        async with context.db.begin() as session:
            done = await repository.erase(session, owner, kept_since=since, limit=AT_ONCE)
        erased += done
    return erased
