"""How long names are kept, in local days."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from booking_svc.retention.domain import kept_since


def test_all_of_the_days_after_the_visit_are_kept():
    """A visit of 1 November with 30 days: kept through 1 December, erased on the 2nd, by the local calendar."""
    zone = ZoneInfo("Europe/Kyiv")
    assert kept_since(datetime(2026, 12, 1, 21, 59, tzinfo=UTC), zone, days=30) == date(2026, 11, 1)
    assert kept_since(datetime(2026, 12, 1, 22, 0, tzinfo=UTC), zone, days=30) == date(2026, 11, 2)
