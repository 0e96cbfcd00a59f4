"""Who calls: bearer tokens verified by the service that decides (RFC 8725, RFC 9068; design.md §5)."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from joserfc import jwt

from services.clock import Clock
from services.errors import Unauthenticated
from services.issuer_keys import IssuerKeys

TYPES = {"at+jwt", "application/at+jwt"}
CACHED_TOKENS = 10_000
MAX_TOKEN_CHARACTERS = 8192


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
        self._keys, self._clock = IssuerKeys(jwks_url), clock
        self._issuer, self._audience = issuer, audience
        self._known: OrderedDict[bytes, tuple[int, Principal]] = OrderedDict()

    async def load(self) -> None:
        """Fetches the issuer's keys. Raises `Unavailable` when the issuer does not answer."""
        await self._keys.load()

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
        entry = self._accept(await self._keys.decoded(token), now)
        self._known[digest] = entry
        if len(self._known) > CACHED_TOKENS:
            self._known.popitem(last=False)
        return entry

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
