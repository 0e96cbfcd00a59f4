"""Who is signed in: the bearer token, sealed in cookies that only the gateway can read (ADR 15).

The gateway decides nothing by what it reads here: services verify the token with every request.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

import structlog
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.login.refusals import LoginRefused
from gateway.pages.sealing import Seal
from services.auth import Principal, principal_of

log = structlog.get_logger()
COOKIE = "__Host-vizyt"
PART_CHARACTERS = 3800
"""Browsers keep 4096 bytes of a cookie with its name and attributes; a longer session goes on in the next one."""
MAX_PARTS = 4
DEVICE_SECONDS = 400 * 24 * 3600
"""Chromium keeps no cookie for longer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session(Principal):
    """Somebody signed in: who, as the token's claims say, and what the sealed cookie holds."""

    token: str = field(repr=False)
    """The bearer token for the API."""
    expires_at: int
    """When the token ends: seconds since 1970 on the clock of the run."""
    csrf: str = field(repr=False)
    """Stands in every form of this session."""
    refresh_token: str | None = field(default=None, repr=False)

    @property
    def claims(self) -> dict[str, Any]:
        """Who it is, as claims say it."""
        told = {item.name: getattr(self, item.name) for item in fields(Principal)}
        return {**told, "roles": sorted(self.roles), "middle_name": self.patronymic}

    @property
    def name(self) -> str:
        """Given and family name, as people address each other; empty for a device or a login without names."""
        return " ".join(part for part in (self.given_name, self.family_name) if part)


def signed_in(
    token: str,
    *,
    expires_at: int,
    csrf: str | None = None,
    refresh_token: str | None = None,
    claims: Mapping[str, Any] | None = None,
) -> Session:
    """A session for `token`; with a new CSRF value if none is given, and `claims` where the token is opaque."""
    who = principal_of(payload(token) or claims or {})
    told = {item.name: getattr(who, item.name) for item in fields(who)}
    csrf = csrf or secrets.token_urlsafe(24)
    return Session(token=token, expires_at=expires_at, csrf=csrf, refresh_token=refresh_token, **told)


def payload(token: str) -> dict[str, Any] | None:
    """The claims of a JWT, not verified; None for an opaque token."""
    parts = token.split(".")
    if len(parts) != 3:
        return None
    try:
        claims = json.loads(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except ValueError:
        return None
    return claims if isinstance(claims, dict) else None


class Sessions:
    """The cookies `__Host-vizyt`, `__Host-vizyt-1`, …: read, saved and cleared together.

    Without keys nobody is ever signed in.
    """

    def __init__(self, seal: Seal | None) -> None:
        self._seal = seal

    def read(self, request: Request) -> Session | None:
        """Whoever the cookie names, also when the token has run out meanwhile."""
        parts = [request.cookies.get(name, "") for name in _names(MAX_PARTS)]
        content = self._seal.open("session", "".join(parts)) if self._seal and parts[0] else None
        return signed_in(**content) if content else None

    def save(self, response: Response, session: Session) -> None:
        """Until the browser is closed; a terminal, which is a device, stays signed in over the night.

        Raises `LoginRefused` for tokens that are larger than cookies can be.
        """
        assert self._seal, "without GATEWAY_SESSION_KEYS nobody signs in"
        sealed = self._seal.seal("session", _content(session))
        parts = [sealed[i : i + PART_CHARACTERS] for i in range(0, len(sealed), PART_CHARACTERS)]
        if len(parts) > MAX_PARTS:
            log.warning("login.refused", reason="tokens too large for cookies", characters=len(sealed))
            raise LoginRefused
        seconds = DEVICE_SECONDS if session.has("terminal") else None
        for name, part in zip(_names(len(parts)), parts, strict=True):
            keep(response, name, part, max_age=seconds)
        for name in _names(MAX_PARTS)[len(parts) :]:
            forget(response, name)

    def keep(self, response: Response, session: Session | None) -> None:
        """What became of a session."""
        if session:
            self.save(response, session)
        else:
            self.clear(response)

    def clear(self, response: Response) -> None:
        for name in _names(MAX_PARTS):
            forget(response, name)


def keep(response: Response, name: str, value: str, *, max_age: int | None = None) -> None:
    """Sets a cookie that no script reads and no other site's form brings along."""
    response.set_cookie(name, value, max_age=max_age, path="/", secure=True, httponly=True, samesite="lax")


def forget(response: Response, name: str) -> None:
    response.delete_cookie(name, path="/", secure=True, httponly=True, samesite="lax")


def _names(count: int) -> list[str]:
    return [f"{COOKIE}-{number}" if number else COOKIE for number in range(count)]


def _content(session: Session) -> dict[str, Any]:
    """The token says who it is; what an opaque one cannot say is kept beside it."""
    kept: dict[str, Any] = {name: getattr(session, name) for name in ("token", "expires_at", "csrf", "refresh_token")}
    return kept if payload(session.token) else {**kept, "claims": session.claims}
