"""The token with which a visitor rates a visit as a real one. Nobody keeps it: it is made of the booking's id."""

from __future__ import annotations

import base64
import hashlib
import hmac
from uuid import UUID

from booking_svc.bookings.repository import Booking
from services.contracts.visits import FeedbackOffered


class Offers:
    """One token per finished visit, 256 bits, shown to its owner only."""

    def __init__(self, seed: bytes) -> None:
        self._key = hmac.digest(seed, b"feedback-offers", hashlib.sha256)

    def token(self, visit_id: UUID) -> str:
        return base64.urlsafe_b64encode(hmac.digest(self._key, visit_id.bytes, hashlib.sha256)).decode().rstrip("=")

    def offered(self, visit: Booking) -> FeedbackOffered:
        """What others are told: nothing that leads to the booking without the key."""
        told = hashlib.sha256(self.token(visit.id).encode()).hexdigest()
        return FeedbackOffered(token_digest=told, desk=visit.desk, day=visit.visit_date)
