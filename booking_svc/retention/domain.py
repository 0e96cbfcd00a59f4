"""How long names and contacts are kept (domain.md "Personal data")."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def kept_since(now: datetime, zone: ZoneInfo, *, days: int) -> date:
    """The first visit date whose names are still kept: all of `days` local days after the visit."""
    return now.astimezone(zone).date() - timedelta(days=days)
