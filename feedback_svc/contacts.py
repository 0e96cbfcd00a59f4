"""Where a visitor wants the answer: an e-mail address or a telephone number. Personal data, kept sealed."""

from __future__ import annotations

from uuid import UUID
from zoneinfo import ZoneInfo

from services import contacts
from services.errors import InvalidRequest
from services.messages import Address
from services.privacy import Privacy


def contact_of(text: str | None, zone: ZoneInfo) -> Address | None:
    """As it is kept. `zone` tells the country of a number without one. Raises `InvalidRequest`."""
    if text is None:
        return None
    if email := contacts.email_address(text):
        return Address("email", email)
    if phone := contacts.phone_number(text, zone):
        return Address("phone", phone)
    raise InvalidRequest.field("contact", "is neither an e-mail address nor a telephone number")


def seal(contact: Address | None, remark_id: UUID, privacy: Privacy) -> bytes | None:
    """What stands in the remark's row."""
    return privacy.seal(contact.value.encode(), context=_place(remark_id)) if contact else None


def opened(sealed: bytes | None, kind: str, remark_id: UUID, privacy: Privacy) -> Address | None:
    """None: none was left, or it has been erased."""
    if sealed is None:
        return None
    value = privacy.open(sealed, context=_place(remark_id)).decode()
    return Address("email" if kind == "email" else "phone", value)


def _place(remark_id: UUID) -> bytes:
    """Sealed for this remark and as a contact: it opens nowhere else."""
    return b"contact:" + remark_id.bytes
