"""Use cases of the day in the centre: load, decide, store, tell. Each owns its transaction."""

from booking_svc.visits.handlers.calling import call, missed, recall, skip
from booking_svc.visits.handlers.checking_in import check_in, check_in_by_number, check_in_by_token
from booking_svc.visits.handlers.no_shows import mark_no_shows
from booking_svc.visits.handlers.reading import get
from booking_svc.visits.handlers.serving import finish, start
from booking_svc.visits.handlers.verifying import compare, verify

__all__ = [
    "call",
    "check_in",
    "check_in_by_number",
    "check_in_by_token",
    "compare",
    "finish",
    "get",
    "mark_no_shows",
    "missed",
    "recall",
    "skip",
    "start",
    "verify",
]
