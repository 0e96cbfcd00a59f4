"""What is published as open data: a day old."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from services.context import Context
from stats_svc import opendata
from stats_svc.handlers.telling import today
from stats_svc.queries import publishing
from stats_svc.settings import Settings


def until(context: Context) -> date:
    """The last day that is published."""
    return today(context) - timedelta(days=opendata.DELAY_DAYS)


async def ratings(context: Context) -> bytes:
    """CSV."""
    async with context.db.begin() as session:
        rows = await publishing.rows(session, until=until(context))
    return opendata.table(rows).encode()


async def catalogue(context: Context) -> dict[str, Any]:
    async with context.db.begin() as session:
        first = await publishing.first_day(session)
    settings = context.settings
    assert isinstance(settings, Settings)
    base = (settings.public_url or "").rstrip("/")
    return opendata.catalogue(base, first=first, last=until(context))
