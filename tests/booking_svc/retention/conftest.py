"""The town, for retention."""

from tests.booking_svc.bookings.conftest import town

__all__ = ["town"]
