"""An issuer of somebody else's, that answers what it is told and remembers what it was asked."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from services.clock import FixedClock
from services.testing import ISSUER
from tests.gateway.world import listening

KEY, OTHER_KEY = RSAKey.generate_key(2048, {"kid": "one"}), RSAKey.generate_key(2048, {"kid": "one"})
SOMEBODY = {"sub": "s-1", "given_name": "Олена", "family_name": "Мельник", "roles": ["citizen"]}


class Elsewhere:
    """`said` goes into the discovery document, `granted` into what the token endpoint gives, `claims` into the id
    token; `status` and `body` replace the token endpoint's answer.
    """

    def __init__(self, url: str, clock: FixedClock) -> None:
        self.url, self._clock, self.key = url, clock, KEY
        self.said: dict[str, Any] = {}
        self.granted: dict[str, Any] = {}
        self.claims: dict[str, Any] = {}
        self.header: dict[str, Any] = {}
        self.status, self.body = 200, ""
        self.nonce = ""
        self.asked: Counter[str] = Counter()
        self.forms: list[dict[str, str]] = []
        self.proofs: list[str | None] = []

    @asynccontextmanager
    async def issuing(self) -> AsyncIterator[None]:
        routes = [
            Route("/.well-known/openid-configuration", self._discovery),
            Route("/jwks", self._jwks),
            Route("/token", self._token, methods=["POST"]),
        ]
        async with listening(Starlette(routes=routes), port=int(self.url.rpartition(":")[2])):
            yield

    def access_token(self, *, seconds: int = 3600, **claims: Any) -> str:
        now = int(self._clock.now().timestamp())
        return jwt.encode(
            {"alg": "RS256", "kid": "one", "typ": "at+jwt"},
            {"iss": ISSUER, "aud": "vizyt", "exp": now + seconds, **SOMEBODY, **claims},
            KEY,
        )

    def id_token(self) -> str:
        now = int(self._clock.now().timestamp())
        standard = {"iss": self.url, "aud": "pages", "exp": now + 60, "nonce": self.nonce, **SOMEBODY}
        told = {name: value for name, value in {**standard, **self.claims}.items() if value is not None}
        return jwt.encode({"alg": "RS256", "kid": "one", **self.header}, told, self.key)

    async def _discovery(self, _: Request) -> Response:
        self.asked["discovery"] += 1
        own = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/jwks",
        }
        return JSONResponse({**own, **self.said})

    async def _jwks(self, _: Request) -> Response:
        self.asked["jwks"] += 1
        return JSONResponse(KeySet([KEY]).as_dict(private=False))

    async def _token(self, request: Request) -> Response:
        async with request.form() as form:
            self.forms.append({name: str(value) for name, value in form.items()})
        self.proofs.append(request.headers.get("authorization"))
        self.asked[self.forms[-1]["grant_type"]] += 1
        if self.status != 200 or self.body:
            return Response(self.body, self.status, media_type="application/json")
        tokens = {"access_token": self.access_token(), "token_type": "Bearer", "id_token": self.id_token()}
        return JSONResponse({name: value for name, value in {**tokens, **self.granted}.items() if value is not None})
