"""The link to cancel: a token that names a booking, and is good for that alone.

The token is not the ticket's: who shows a ticket at the terminal has no right to cancel. It is the booking's id with
half an HMAC-SHA256 under a key that is derived for this purpose, 43 characters, so that it fits into a short message.
It does not run out: when there is nothing left to cancel, it does nothing.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from uuid import UUID

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PURPOSE = b"vizyt: link to cancel a booking, version 1"
MAC_BYTES = 16
TOKEN = re.compile(r"[A-Za-z0-9_-]{43}", re.ASCII)


class CancelLinks:
    """`seed`: the secret that the tickets' key is made of, too. `public_url`: where people reach the gateway."""

    def __init__(self, seed: bytes, public_url: str | None) -> None:
        self._key = HKDF(hashes.SHA256(), 32, salt=None, info=PURPOSE).derive(seed)
        self._base = public_url.rstrip("/") if public_url else None

    def url(self, booking_id: UUID, language: str) -> str | None:
        """None where nobody said how people reach us."""
        return f"{self._base}/c/{self.token(booking_id)}?lang={language}" if self._base else None

    def token(self, booking_id: UUID) -> str:
        return base64.urlsafe_b64encode(booking_id.bytes + self._mac(booking_id.bytes)).rstrip(b"=").decode()

    def booking_id(self, token: str) -> UUID | None:
        """The booking that the token names; None if it is none of ours."""
        if not TOKEN.fullmatch(token):
            return None
        try:
            content = base64.urlsafe_b64decode(token + "=")
        except binascii.Error:
            return None
        named, mac = content[:16], content[16:]
        return UUID(bytes=named) if hmac.compare_digest(mac, self._mac(named)) else None

    def _mac(self, named: bytes) -> bytes:
        return hmac.digest(self._key, named, hashlib.sha256)[:MAC_BYTES]
