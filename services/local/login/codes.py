"""Codes that the gateway exchanges for tokens: good once, for a minute, for who can show the PKCE verifier."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.clock import Clock
from services.local.login.asked import Asked

LIFETIME = timedelta(minutes=1)
MOST = 1000


@dataclass(frozen=True)
class Grant:
    """Who was chosen, and in answer to what."""

    asked: Asked
    claims: Mapping[str, Any]
    expires_at: datetime


class Codes:
    """In memory: a login that is under way when the process ends begins again."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._grants: dict[str, Grant] = {}

    def new(self, asked: Asked, claims: Mapping[str, Any]) -> str:
        code = secrets.token_urlsafe(24)
        self._grants[code] = Grant(asked, claims, self._clock.now() + LIFETIME)
        if len(self._grants) > MOST:
            del self._grants[next(iter(self._grants))]
        return code

    def redeem(self, code: str, *, verifier: str, redirect_uri: str) -> Grant | None:
        """None for a code that is unknown, used, too old or somebody else's; whatever comes of it, it is used then."""
        grant = self._grants.pop(code, None)
        if grant is None or self._clock.now() >= grant.expires_at or grant.asked.redirect_uri != redirect_uri:
            return None
        return grant if hmac.compare_digest(_challenge(verifier), grant.asked.challenge.encode()) else None


def _challenge(verifier: str) -> bytes:
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
