"""Use cases of bookings: load, decide, store, tell. Each owns its transaction."""

from booking_svc.bookings.handlers.contacting import put_contact
from booking_svc.bookings.handlers.ending import cancel, expire
from booking_svc.bookings.handlers.hold import Holds
from booking_svc.bookings.handlers.reading import get, own
from booking_svc.bookings.handlers.standing import resolve, states
from booking_svc.bookings.handlers.ticket import confirm

__all__ = ["Holds", "cancel", "confirm", "expire", "get", "own", "put_contact", "resolve", "states"]
