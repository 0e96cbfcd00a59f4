"""How long words and contacts are kept. Pure functions on values."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo


def kept_since(now: datetime, zone: ZoneInfo, *, days: int) -> date:
    """The first day of which everything is kept; what is older goes."""
    return now.astimezone(zone).date() - timedelta(days=days)
