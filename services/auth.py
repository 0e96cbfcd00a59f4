"""Who calls: bearer tokens verified by the service that decides (RFC 8725, RFC 9068; design.md §5)."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from services.clock import Clock
from services.errors import Unauthenticated, Unavailable

log = structlog.get_logger()
ALGORITHMS = ["RS256", "PS256", "ES256"]
TYPES = {"at+jwt", "application/at+jwt"}
CACHED_TOKENS = 10_000
MAX_TOKEN_CHARACTERS = 8192
REFRESH_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Principal:
    """The caller as the token says. `document` is written COUNTRY:TYPE:NUMBER."""

    sub: str
    roles: frozenset[str]
    number: str | None = None
    edrpou: str | None = None
    document: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    organisation: str | None = None
    centre: str | None = None
    desk: str | None = None
    officer: str | None = None

    def has(self, *roles: str) -> bool:
        return not self.roles.isdisjoint(roles)


class Auth:
    """Verifies tokens against the issuer's published keys. Verified ones are remembered until they expire, by their
    digests: the tokens themselves would be the larger part of what there is to remember.
    """

    def __init__(self, *, jwks_url: str, issuer: str, audience: str, clock: Clock) -> None:
        self._jwks_url, self._clock = jwks_url, clock
        self._issuer, self._audience = issuer, audience
        self._keys = KeySet([])
        self._known: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()
        self._refreshed, self._answered = float("-inf"), True
        self._lock = asyncio.Lock()

    async def principal(self, authorization: str | None) -> Principal:
        """Who an `Authorization` header names. Raises `Unauthenticated`."""
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
            raise Unauthenticated
        now, digest = int(self._clock.now().timestamp()), hashlib.sha256(token.encode()).digest()
        expires, principal = self._known.get(digest) or await self._verified(token, digest, now)
        if now >= expires:
            self._known.pop(digest, None)
            raise Unauthenticated
        return principal

    async def _verified(self, token: str, digest: bytes, now: int) -> tuple[int, Principal]:
        try:
            decoded = self._decode(token)
        except InvalidKeyIdError:
            await self._refresh()
            decoded = self._decode_again(token)
        entry = self._accept(decoded, now)
        self._known[digest] = entry
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)
        return entry

    def _decode(self, token: str) -> jwt.Token:
        """Raises `InvalidKeyIdError` when the issuer may have a new key, else `Unauthenticated`."""
        try:
            return jwt.decode(token, self._keys, algorithms=ALGORITHMS)
        except InvalidKeyIdError:
            raise
        except Exception:  # whatever a hostile token breaks, it is not a login
            raise Unauthenticated from None

    def _decode_again(self, token: str) -> jwt.Token:
        try:
            return self._decode(token)
        except InvalidKeyIdError:
            raise Unauthenticated from None

    def _accept(self, token: jwt.Token, now: int) -> tuple[int, Principal]:
        claims = token.claims
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires, not_before = claims.get("exp"), claims.get("nbf", 0)
        if (
            str(token.header.get("typ", "")).lower() not in TYPES
            or claims.get("iss") != self._issuer
            or self._audience not in audiences
            or not isinstance(expires, int)
            or not isinstance(not_before, int)
            or not_before > now + 30
            or not isinstance(claims.get("sub"), str)
            or not claims["sub"]
        ):
            raise Unauthenticated
        return expires, principal_of(claims)

    async def _refresh(self) -> None:
        """Fetches the issuer's keys again, at most every ten seconds: an unknown key may be a new one.

        Raises `Unavailable` when the issuer does not answer.
        """
        async with self._lock:
            loop = asyncio.get_running_loop()
            if loop.time() - self._refreshed >= REFRESH_SECONDS:
                self._refreshed, self._answered = loop.time(), False
                await self.load()
                self._answered = True
            elif not self._answered:
                raise Unavailable  # whether there is such a key is not known

    async def load(self) -> None:
        """Fetches the issuer's keys. Raises `Unavailable` when the issuer does not answer."""
        parts = urlsplit(self._jwks_url)
        try:
            if parts.scheme == "file":
                document = json.loads(await asyncio.to_thread(Path(unquote(parts.path)).read_text))
            else:
                async with httpx.AsyncClient(timeout=5) as client:
                    document = (await client.get(self._jwks_url)).raise_for_status().json()
            self._keys = KeySet.import_key_set(document)
        except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("auth.no_keys", error=type(error).__name__)
            raise Unavailable from error


def principal_of(claims: Mapping[str, Any]) -> Principal:
    """Whom claims name; what is missing or of another type is None, the subject empty."""

    def text(name: str) -> str | None:
        value = claims.get(name)
        return value if isinstance(value, str) and value else None

    roles = claims.get("roles")
    return Principal(
        sub=text("sub") or "",
        roles=frozenset(role for role in roles if isinstance(role, str)) if isinstance(roles, list) else frozenset(),
        patronymic=text("middle_name"),
        **{name: text(name) for name in CLAIMS},
    )


CLAIMS = (
    "number",
    "edrpou",
    "document",
    "family_name",
    "given_name",
    "organisation",
    "centre",
    "desk",
    "officer",
)
