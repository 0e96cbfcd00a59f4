"""The centre's hall, as the desks and the manager look at it."""

from tests.booking_svc.bookings.conftest import town
from tests.booking_svc.visits.conftest import hall

__all__ = ["hall", "town"]
