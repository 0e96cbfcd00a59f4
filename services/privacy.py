"""Personal data at the border: numbers become keyed hashes, names are sealed (domain.md "Personal data").

Keys are written `"2:<64 hex>,1:<64 hex>"`, newest first. New values take the newest; look-ups try every live version.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import re

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE_BYTES = 12
APPLICANT_KEY = re.compile(r"^v\d+:[\w-]{43}$")


class Privacy:
    def __init__(self, hmac_keys: str, seal_keys: str) -> None:
        self._hmac = parse_keys(hmac_keys)
        self._seal = {version: AESGCM(key) for version, key in parse_keys(seal_keys).items()}

    def keys(self, kind: str, value: str) -> list[str]:
        """The keyed hashes of an identity under every live key version, newest first, e.g. `v2:Yk3…`.

        `kind` separates the number spaces: `rnokpp`, `edrpou`, `document`.
        """
        message = f"{kind}:{value}".encode()
        return [f"v{version}:{_text(hmac.digest(key, message, hashlib.sha256))}" for version, key in self._hmac.items()]

    def seal(self, plain: bytes, *, context: bytes) -> bytes:
        """AES-256-GCM under the newest key; `context` (e.g. the row's id) must be given again to open."""
        version, cipher = next(iter(self._seal.items()))
        nonce = os.urandom(NONCE_BYTES)
        return bytes([version]) + nonce + cipher.encrypt(nonce, plain, context)

    def open(self, sealed: bytes, *, context: bytes) -> bytes:
        """The plain bytes. Raises `KeyError` for a retired key, `InvalidTag` for a forged or moved value."""
        cipher = self._seal[sealed[0]]
        return cipher.decrypt(sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :], context)


def parse_keys(text: str) -> dict[int, bytes]:
    """Keys by version, in the order written. Raises `ValueError`."""
    pairs = (item.split(":", 1) for item in text.split(","))
    keys = {int(version): bytes.fromhex(key) for version, key in pairs}
    if not keys or any(len(key) != 32 or not 0 < version < 256 for version, key in keys.items()):
        raise ValueError("keys are written VERSION:64-hex-digits, versions 1 to 255, newest first")
    return keys


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def check_rnokpp(number: str) -> bool:
    """Ten digits, the last a check digit: weights -1 5 7 9 4 6 10 5 7 over the first nine, mod 11, mod 10."""
    if not re.fullmatch(r"[0-9]{10}", number):
        return False
    weights = (-1, 5, 7, 9, 4, 6, 10, 5, 7)
    return _weighted(number, weights) % 11 % 10 == int(number[9])


def check_edrpou(number: str) -> bool:
    """Eight digits, the last a check digit; numbers between 30 and 60 million have weights of their own."""
    if not re.fullmatch(r"[0-9]{8}", number):
        return False
    middle = 30_000_000 <= int(number) <= 60_000_000
    weights = (7, 1, 2, 3, 4, 5, 6) if middle else (1, 2, 3, 4, 5, 6, 7)
    remainder = _weighted(number, weights) % 11
    if remainder == 10:
        remainder = _weighted(number, tuple(weight + 2 for weight in weights)) % 11 % 10
    return remainder == int(number[7])


def person(number: str | None, document: str | None) -> tuple[str, str]:
    """The number space of a person and the number in it, to be hashed: the tax number, else the document as
    COUNTRY:TYPE:NUMBER. One of them is given.
    """
    return ("rnokpp", number) if number else ("document", document_number(document or ""))


def document_number(document: str) -> str:
    """One spelling of COUNTRY:TYPE:NUMBER, to be hashed: upper case, no blanks in the number."""
    country, kind, number = document.split(":", 2)
    return f"{country.strip().upper()}:{kind.strip().lower()}:{''.join(number.upper().split())}"


def _weighted(number: str, weights: tuple[int, ...]) -> int:
    return sum(weight * int(digit) for weight, digit in zip(weights, number, strict=False))
