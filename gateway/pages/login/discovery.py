"""Where an issuer's endpoints are, as it says itself (OpenID Connect Discovery 1.0)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import httpx
import structlog

from gateway.pages.login.refusals import LoginUnavailable
from services import telemetry
from services.issuer_keys import IssuerKeys

log = structlog.get_logger()
REMEMBERED_SECONDS = 3600.0
RETRY_SECONDS = 2.0
BASIC, POST = "client_secret_basic", "client_secret_post"


@dataclass(frozen=True, slots=True)
class Endpoints:
    authorization: str
    token: str
    jwks: str
    end_session: str | None
    names_itself: bool
    """Whether it promises `iss` in its answers (RFC 9207)."""
    secret_by: str
    """How it wants the client's secret."""


class Discovery:
    """The endpoints of one issuer, remembered for an hour, and longer while the issuer does not answer."""

    def __init__(self, issuer: str, client: httpx.AsyncClient) -> None:
        self._issuer, self._client = issuer, client
        self._known: Endpoints | None = None
        self._keys: IssuerKeys | None = None
        self._due = float("-inf")
        self._lock = asyncio.Lock()

    async def endpoints(self) -> Endpoints:
        """Raises `LoginUnavailable`."""
        async with self._lock:
            if asyncio.get_running_loop().time() >= self._due:
                await self._refresh()
        if self._known is None:
            raise LoginUnavailable
        return self._known

    async def keys(self) -> IssuerKeys:
        """The issuer's keys. Raises `LoginUnavailable` when it is not known where they are."""
        await self.endpoints()
        assert self._keys
        return self._keys

    async def _refresh(self) -> None:
        try:
            self._take(await self._read())
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError, AttributeError) as error:
            log.warning("login.no_discovery", issuer=self._issuer, error=telemetry.kind(error))
            wait = RETRY_SECONDS
        else:
            wait = REMEMBERED_SECONDS
        self._due = asyncio.get_running_loop().time() + wait

    async def _read(self) -> Endpoints:
        address = self._issuer.rstrip("/") + "/.well-known/openid-configuration"
        document = (await self._client.get(address)).raise_for_status().json()
        if document["issuer"] != self._issuer:
            raise ValueError("it is another issuer")  # §4.3
        return endpoints_of(document)

    def _take(self, endpoints: Endpoints) -> None:
        if self._known is None or self._known.jwks != endpoints.jwks:
            self._keys = IssuerKeys(endpoints.jwks)
        self._known = endpoints


def endpoints_of(document: dict[str, Any]) -> Endpoints:
    """Raises `KeyError` or `ValueError` for a document without the endpoints that a login needs."""
    methods = document.get("token_endpoint_auth_methods_supported") or [BASIC]
    allowed = {"https", urlsplit(document["issuer"]).scheme}

    def address(name: str) -> str:
        url: str = document[name]
        if urlsplit(url).scheme not in allowed:
            raise ValueError(f"{name} is not encrypted")
        return url

    return Endpoints(
        authorization=address("authorization_endpoint"),
        token=address("token_endpoint"),
        jwks=address("jwks_uri"),
        end_session=address("end_session_endpoint") if document.get("end_session_endpoint") else None,
        names_itself=document.get("authorization_response_iss_parameter_supported") is True,
        secret_by=POST if POST in methods and BASIC not in methods else BASIC,
    )
