"""The ticket: a signed token that names the booking and no person, its QR code, and the calendar entry.

The token is a compact JWS (RFC 7515) signed with Ed25519 (RFC 8037); whoever has the public key set verifies it
without a network.
"""

from __future__ import annotations

import io
from datetime import datetime, timedelta
from uuid import UUID

import icalendar
import orjson
import segno
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from joserfc import jws
from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"
TYPE = "vizyt-ticket"


class Tickets:
    """Signs tickets with the one key that `seed` (32 bytes) gives."""

    def __init__(self, seed: bytes) -> None:
        private = Ed25519PrivateKey.from_private_bytes(seed).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        self._key = OKPKey.import_key(private)
        self._kid = self._key.thumbprint()

    def token(self, booking_id: UUID, *, centre: str, starts_at: datetime) -> str:
        """The same booking always has the same token: Ed25519 signatures hold no randomness."""
        claims = {"booking": str(booking_id), "centre": centre, "starts_at": int(starts_at.timestamp())}
        header = {"alg": ALGORITHM, "kid": self._kid, "typ": TYPE}
        return jws.serialize_compact(header, orjson.dumps(claims), self._key, algorithms=[ALGORITHM])

    def read(self, token: str) -> UUID:
        """The booking that a ticket names. Raises `ValueError` for whatever is not a ticket of ours."""
        try:
            read = jws.deserialize_compact(token, self._key, algorithms=[ALGORITHM])
            booking_id = UUID(orjson.loads(read.payload)["booking"])
        except Exception:  # whatever a hostile token breaks, it is not a ticket
            raise ValueError("not a ticket") from None
        if read.headers().get("typ") != TYPE:  # the key may sign other things, too
            raise ValueError("not a ticket")
        return booking_id

    def public_keys(self) -> dict[str, list[dict[str, object]]]:
        return {"keys": [{**self._key.as_dict(private=False), "kid": self._kid, "alg": ALGORITHM, "use": "sig"}]}


def qr_svg(token: str) -> bytes:
    """The token as a QR code, SVG, with the quiet zone that scanners need."""
    out = io.BytesIO()
    segno.make(token, error="m", micro=False).save(out, kind="svg", scale=4, border=4, xmldecl=False)
    return out.getvalue()


def calendar(
    booking_id: UUID, *, summary: str, place: str, starts_at: datetime, length: timedelta, now: datetime
) -> bytes:
    """An iCalendar file (RFC 5545) with the visit, in the centre's zone."""
    event = icalendar.Event()
    event.add("uid", f"{booking_id}@vizyt")
    event.add("dtstamp", now)
    event.add("dtstart", starts_at)
    event.add("dtend", starts_at + length)
    event.add("summary", summary)
    event.add("location", place)
    entry = icalendar.Calendar()
    entry.add("prodid", "-//Vizyt//uk")
    entry.add("version", "2.0")
    entry.add_component(event)
    around = timedelta(days=366)  # the zone as it is about then, not since 1970
    entry.add_missing_timezones(starts_at.date() - around, starts_at.date() + around)
    content: bytes = entry.to_ical()
    return content
