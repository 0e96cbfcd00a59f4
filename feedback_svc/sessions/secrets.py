"""Secrets that visitors hold, and what is stored in their place: keyed hashes (services/privacy.py)."""

from __future__ import annotations

import hashlib
from uuid import UUID

from services.privacy import Privacy


def session_secret(session_id: UUID, privacy: Privacy) -> str:
    """The session's secret, 256 bits: made of the id that is bound to the request's `Idempotency-Key`, so that the
    same request gets the same session, although nobody keeps its secret.
    """
    return privacy.keys("feedback-secret", str(session_id))[0].partition(":")[2]


def session_keys(secret: str, privacy: Privacy) -> list[str]:
    """Under which a session may stand, the newest key first."""
    return privacy.keys("feedback-session", secret)


def digest(token: str) -> str:
    """Under which a visit's token stands: booking_svc tells no more of it, so that nothing on the way can be used in
    its place. The token has 256 bits that look random: nobody finds it by trying.
    """
    return hashlib.sha256(token.encode()).hexdigest()


def once_keys(person: tuple[str, str], month: str, privacy: Privacy) -> list[str]:
    """Of a person in one month; not to be found out from those of other months."""
    kind, number = person
    return privacy.keys(f"asked-{kind}", f"{month}:{number}")
