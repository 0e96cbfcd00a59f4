"""E-mail addresses and telephone numbers as people write them, checked where they enter. Personal data."""

from __future__ import annotations

import re
from zoneinfo import ZoneInfo

import phonenumbers
from babel.core import get_global

EMAIL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?", re.ASCII)
MAX_EMAIL, MAX_LOCAL_PART = 254, 64


def email_address(text: str) -> str | None:
    """An address that a mail server can take (RFC 5321), its domain in any script; None for anything else."""
    local, _, domain = text.strip().rpartition("@")
    try:
        domain = domain.encode("idna").decode()
    except UnicodeError:
        domain = ""
    labels = domain.split(".")
    known = len(labels) > 1 and all(LABEL.fullmatch(label) for label in labels) and not labels[-1].isdecimal()
    if not known or not EMAIL.fullmatch(local) or len(local) > MAX_LOCAL_PART or len(text) > MAX_EMAIL:
        return None
    return f"{local}@{domain.lower()}"


def phone_number(text: str, zone: ZoneInfo) -> str | None:
    """The number in E.164, e.g. `+380671234567`; None for anything else. `zone` tells the country of a number without
    one.
    """
    try:
        number = phonenumbers.parse(text, get_global("zone_territories").get(zone.key))
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_valid_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
