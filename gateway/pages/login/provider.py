"""The issuer as somebody to log in with (OpenID Connect Core 1.0: code flow with PKCE)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import httpx
import structlog

from gateway.pages.login import identity
from gateway.pages.login.discovery import POST, Discovery, Endpoints
from gateway.pages.login.pending import Pending
from gateway.pages.login.refusals import LoginExpired, LoginRefused, LoginUnavailable
from gateway.pages.sessions import Session, payload, signed_in
from gateway.settings import Settings
from services import telemetry
from services.clock import Clock
from services.errors import Unauthenticated, Unavailable
from services.issuer_keys import client_for

log = structlog.get_logger()
SHORTEST_SECONDS = 60
"""An opaque token of which nobody says how long it lives is asked about again after this."""


class NotGranted(Exception):
    """The issuer refuses a code or a refresh token."""


class Provider:
    """One issuer, and this gateway as its client."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        assert settings.oidc_issuer
        secret = settings.oidc_client_secret
        self._issuer, self._id, self._scopes = settings.oidc_issuer, settings.oidc_client_id, settings.oidc_scopes
        self._secret = secret.get_secret_value() if secret else ""
        self._clock = clock
        self._client = client_for(self._issuer)
        self._discovery = Discovery(self._issuer, self._client)

    async def authorization(self, pending: Pending, *, language: str) -> str:
        """Where to send the browser. Raises `LoginUnavailable`."""
        endpoints = await self._discovery.endpoints()
        asked = {
            "response_type": "code",
            "client_id": self._id,
            "redirect_uri": pending.redirect_uri,
            "scope": self._scopes,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": pending.challenge,
            "code_challenge_method": "S256",
            "ui_locales": language,
        }
        return _with_query(endpoints.authorization, asked)

    async def ending(self, address: str) -> str | None:
        """Where the issuer ends its own session and comes back; None if it has no such page or is not to be found."""
        try:
            endpoints = await self._discovery.endpoints()
        except LoginUnavailable:
            return None
        asked = {"client_id": self._id, "post_logout_redirect_uri": f"{address}/"}
        return _with_query(endpoints.end_session, asked) if endpoints.end_session else None

    async def check_sender(self, named: str | None) -> None:
        """The answer comes from this issuer and no other one (RFC 9207 §2.4). Raises `LoginRefused`."""
        endpoints = await self._discovery.endpoints()
        if named != self._issuer and (named is not None or endpoints.names_itself):
            log.warning("login.refused", reason="iss of the answer")
            raise LoginRefused

    async def exchanged(self, code: str, pending: Pending) -> Session:
        """The session that a code is good for. Raises `LoginExpired`, `LoginRefused`, `LoginUnavailable`."""
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": pending.redirect_uri}
        try:
            answer = await self._ask({**form, "code_verifier": pending.verifier})
        except NotGranted as error:
            raise (LoginExpired if error.args == ("invalid_grant",) else LoginRefused) from None
        claims = await self._identity(answer, pending)
        return self._session(answer, claims=claims)

    async def renewed(self, session: Session) -> Session | None:
        """The same session with new tokens; None when the issuer ends it. Raises `LoginUnavailable`."""
        form = {"grant_type": "refresh_token", "refresh_token": session.refresh_token or ""}
        try:
            answer = await self._ask(form)
        except NotGranted:
            return None
        kept = {"refresh_token": session.refresh_token, **answer}
        return self._session(kept, claims=session.claims, csrf=session.csrf)

    async def close(self) -> None:
        await self._client.aclose()

    async def _ask(self, form: Mapping[str, str]) -> dict[str, Any]:
        endpoints = await self._discovery.endpoints()
        try:
            response = await self._client.post(
                endpoints.token,
                data={**form, **self._named(endpoints)},
                auth=self._proof(endpoints),
                headers={"Accept": "application/json"},
            )
        except httpx.HTTPError as error:
            log.warning("login.no_tokens", error=telemetry.kind(error))
            raise LoginUnavailable from error
        return _granted(response)

    def _named(self, endpoints: Endpoints) -> dict[str, str]:
        by_form = {"client_secret": self._secret} if self._secret and endpoints.secret_by == POST else {}
        return {"client_id": self._id, **by_form}

    def _proof(self, endpoints: Endpoints) -> httpx.Auth:
        """RFC 6749 §2.3.1: both are form-encoded before they become a basic authorization."""
        if not self._secret or endpoints.secret_by == POST:
            return httpx.Auth()
        return httpx.BasicAuth(quote(self._id, safe=""), quote(self._secret, safe=""))

    async def _identity(self, answer: Mapping[str, Any], pending: Pending) -> dict[str, Any]:
        keys = await self._discovery.keys()
        try:
            claims: dict[str, Any] = (await keys.decoded(str(answer.get("id_token", "")))).claims
            identity.check(claims, issuer=self._issuer, client_id=self._id, nonce=pending.nonce, now=self._seconds())
        except Unauthenticated:
            log.warning("login.refused", reason="id token")
            raise LoginRefused from None
        except Unavailable as error:
            raise LoginUnavailable from error
        return claims

    def _session(self, answer: Mapping[str, Any], *, claims: Mapping[str, Any], csrf: str | None = None) -> Session:
        token, again = answer.get("access_token"), answer.get("refresh_token")
        if not isinstance(token, str) or not token:
            log.warning("login.refused", reason="no access token")
            raise LoginRefused
        refresh = again if isinstance(again, str) else None
        until = self._end(token, answer.get("expires_in"))
        return signed_in(token, expires_at=until, csrf=csrf, refresh_token=refresh, claims=claims)

    def _end(self, token: str, lasts: object) -> int:
        """When a token runs out: as it says itself, else as the issuer says with it."""
        ends = (payload(token) or {}).get("exp")
        if isinstance(ends, int):
            return ends
        return self._seconds() + (lasts if isinstance(lasts, int) else SHORTEST_SECONDS)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())


def _granted(response: httpx.Response) -> dict[str, Any]:
    """Raises `NotGranted` with the issuer's word for it, `LoginUnavailable` when it has none."""
    try:
        answer = response.json()
    except ValueError:
        answer = None
    if response.is_success and isinstance(answer, dict):
        return answer
    error = answer.get("error") if isinstance(answer, dict) else None
    log.warning("login.not_granted", status=response.status_code, error=error)
    if response.status_code >= 500 or response.status_code == 429:
        raise LoginUnavailable
    raise NotGranted(error)


def _with_query(url: str, query: Mapping[str, str]) -> str:
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"
