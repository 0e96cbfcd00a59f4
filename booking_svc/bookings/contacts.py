"""Where the citizen is told about the booking: an e-mail address, a telephone number, or both. Personal data."""

from __future__ import annotations

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import orjson

from booking_svc.bookings.schemas import Contact
from services import contacts
from services.errors import InvalidRequest
from services.privacy import Privacy


def contact_of(given: Contact | None, zone: ZoneInfo, *, at: str = "contact.") -> Contact | None:
    """As it is kept: the number in E.164, the domain in ASCII. `zone` tells the country of a number without one, `at`
    where in the body the contact stands.

    Raises `InvalidRequest`.
    """
    if given is None:
        return None
    return Contact(
        email=email_address(given.email, at=at) if given.email else None,
        phone=phone_number(given.phone, zone, at=at) if given.phone else None,
    )


def email_address(text: str, *, at: str = "contact.") -> str:
    """An address that a mail server can take (RFC 5321), its domain in any script. Raises `InvalidRequest`."""
    known = contacts.email_address(text)
    if known is None:
        raise InvalidRequest.field(f"{at}email", "is not an e-mail address")
    return known


def phone_number(text: str, zone: ZoneInfo, *, at: str = "contact.") -> str:
    """The number in E.164, e.g. `+380671234567`. Raises `InvalidRequest`."""
    known = contacts.phone_number(text, zone)
    if known is None:
        raise InvalidRequest.field(f"{at}phone", "is not a telephone number: write it as +380…")
    return known


def seal(contact: Contact | None, booking_id: UUID, privacy: Privacy) -> bytes | None:
    """What stands in the booking's row."""
    if contact is None:
        return None
    return privacy.seal(orjson.dumps(contact.model_dump(exclude_none=True)), context=place(booking_id))


def opened(sealed: bytes | None, booking_id: UUID, privacy: Privacy) -> Contact | None:
    """None: none was left, or it has been erased."""
    if sealed is None:
        return None
    fields: dict[str, Any] = orjson.loads(privacy.open(sealed, context=place(booking_id)))
    return Contact(**fields)


def place(booking_id: UUID) -> bytes:
    """Sealed for this booking and as a contact: it opens nowhere else."""
    return b"contact:" + booking_id.bytes
