"""Use cases of times that are closed and opened by hand, and of the bookings in them. Each owns its transactions."""

from booking_svc.closures.handlers.closing import close, reopen
from booking_svc.closures.handlers.settling import settle_due

__all__ = ["close", "reopen", "settle_due"]
