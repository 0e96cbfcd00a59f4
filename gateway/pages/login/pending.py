"""Logins that were begun and are not back yet, in a short-lived sealed cookie; several tabs may log in at once."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import asdict, dataclass

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.sealing import Seal
from gateway.pages.sessions import PART_CHARACTERS, forget, keep
from services.clock import Clock

COOKIE = "__Host-vizyt-login"
LIFETIME_SECONDS = 600
MAX_AT_ONCE = 5


@dataclass(frozen=True, slots=True)
class Pending:
    """One login under way. `address`: the gateway's as the browser knows it; `next`: the page to go to."""

    state: str
    nonce: str
    verifier: str
    address: str
    next: str
    expires_at: int

    @property
    def challenge(self) -> str:
        """RFC 7636 §4.2, S256."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()

    @property
    def redirect_uri(self) -> str:
        return f"{self.address}/login/back"


class PendingLogins:
    def __init__(self, seal: Seal, clock: Clock) -> None:
        self._seal, self._clock = seal, clock

    def new(self, *, address: str, next_page: str) -> Pending:
        state, nonce, verifier = (secrets.token_urlsafe(count) for count in (18, 18, 48))
        return Pending(state, nonce, verifier, address, next_page, self._seconds() + LIFETIME_SECONDS)

    def find(self, request: Request, state: str) -> Pending | None:
        """None when it is too old, done already, or was begun in another browser."""
        return next((pending for pending in self._read(request) if pending.state == state), None)

    def add(self, request: Request, response: Response, pending: Pending) -> None:
        """The oldest gives way when there are too many."""
        self._write(response, [*self._read(request), pending][-MAX_AT_ONCE:])

    def remove(self, request: Request, response: Response, pending: Pending) -> None:
        self._write(response, [other for other in self._read(request) if other.state != pending.state])

    def _read(self, request: Request) -> list[Pending]:
        content = self._seal.open("login", request.cookies.get(COOKIE, ""))
        known = [Pending(**entry) for entry in (content or {}).get("logins", [])]
        return [pending for pending in known if pending.expires_at > self._seconds()]

    def _write(self, response: Response, logins: list[Pending]) -> None:
        sealed = self._seal.seal("login", {"logins": [asdict(pending) for pending in logins]})
        if not logins:
            forget(response, COOKIE)
        elif len(sealed) > PART_CHARACTERS:
            self._write(response, logins[1:])
        else:
            keep(response, COOKIE, sealed, max_age=LIFETIME_SECONDS)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
