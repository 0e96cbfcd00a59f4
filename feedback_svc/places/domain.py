"""The rules of desks' codes: 128 random bits that people can type. Pure functions on values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.errors import Problem

CODE_BYTES = 16
ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Crockford's base 32: no letter that is taken for another one."""
LENGTH = 26
ALIKE = str.maketrans({"o": "0", "i": "1", "l": "1"})
Text = Mapping[str, str]


class UnknownCode(Problem):
    status, code = 404, "unknown_code"
    title = {"uk": "Невідомий код", "en": "Unknown code", "pl": "Nieznany kod"}
    detail = {
        "uk": "Такого коду немає, або його замінено. Відскануйте код, що зараз є на робочому місці.",
        "en": "There is no such code, or it was replaced. Scan the one that is at the desk now.",
        "pl": "Takiego kodu nie ma albo został zastąpiony. Zeskanuj kod, który jest teraz przy stanowisku.",
    }


@dataclass(frozen=True)
class Place:
    """A desk in its centre."""

    desk: str
    desk_number: int
    centre: str
    organisation: str
    name: Text
    address: Text
    region: str
    time_zone: str
    code: str | None = None


def code_of(random: bytes) -> str:
    """The code that these bytes are written as, 26 characters for 16 of them."""
    number = int.from_bytes(random, "big")
    return "".join(ALPHABET[number >> shift & 31] for shift in range(5 * (LENGTH - 1), -1, -5))


def read_code(written: str) -> str:
    """The code that somebody meant: capitals, hyphens and letters that look alike are forgiven.

    Raises `UnknownCode` for what cannot be one.
    """
    code = written.lower().replace("-", "").replace(" ", "").translate(ALIKE)
    if len(code) != LENGTH or not set(code) <= set(ALPHABET):
        raise UnknownCode
    return code
