"""What only the gateway can write and read, kept by the browser: JWE, `dir` with A256GCM (RFC 7516)."""

from __future__ import annotations

import json
from typing import Any

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OctKey

from services.privacy import parse_keys

ALGORITHMS = ["dir", "A256GCM"]


class Seal:
    """`keys`: as `PRIVACY_SEAL_KEYS` are written, newest first. New values take the newest, all of them open."""

    def __init__(self, keys: str) -> None:
        own: list[Key] = [OctKey.import_key(key, {"kid": str(version)}) for version, key in parse_keys(keys).items()]
        self._newest, self._keys = own[0], KeySet(own)

    def seal(self, kind: str, content: dict[str, Any]) -> str:
        """`kind` is asked for again at opening: a cookie of one kind is none of another."""
        header = {"alg": "dir", "enc": "A256GCM", "kid": self._newest.kid, "typ": kind}
        plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
        return jwe.encrypt_compact(header, plain, self._newest, algorithms=ALGORITHMS)

    def open(self, kind: str, sealed: str) -> dict[str, Any] | None:
        """None for what was forged, cut, is of another kind, or sealed with a key that was retired."""
        try:
            opened = jwe.decrypt_compact(sealed, self._keys, algorithms=ALGORITHMS)
        except (JoseError, ValueError):
            return None
        content: dict[str, Any] | None = json.loads(opened.plaintext or b"null")
        return content if opened.protected.get("typ") == kind else None
