"""Composition: the endpoints of the provider (OpenID Connect Core 1.0, Discovery 1.0, RFC 7636, RFC 9207)."""

import asyncio
import hmac
import json
import secrets
from typing import Any

from starlette.applications import Starlette
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from services.clock import Clock
from services.local.home import Home
from services.local.issuer import LIFETIME, Issuer, ensure_key
from services.local.login import asked
from services.local.login.asked import CLIENT_ID, NotRegistered, Wrong
from services.local.login.codes import Codes, Grant
from services.local.login.page import STYLE, Chooser, language_of

COOKIE = "vizyt-issuer"
HEADERS = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"}


def create(home: Home, *, url: str, gateway: str, public_url: str, clock: Clock) -> Starlette:
    """`url`: where this listens. `gateway`: where its pages and its API are; `public_url`: as people know them."""
    provider = Provider(home, url=url, gateway=gateway, public_url=public_url, clock=clock)
    return Starlette(routes=provider.routes(), exception_handlers={NotRegistered: provider.unknown})


class Provider:
    def __init__(self, home: Home, *, url: str, gateway: str, public_url: str, clock: Clock) -> None:
        ensure_key(home)
        self._jwks = json.loads(home.jwks.read_text())
        self._issuer, self._url, self._clock = Issuer(home), url, clock
        self._registered = asked.redirect_uris(gateway, public_url)
        self._chooser = Chooser(self._issuer, url=url, gateway=gateway)
        self._codes = Codes(clock)
        origins = sorted(address.removesuffix(asked.BACK) for address in self._registered)
        # Chromium holds the redirect that follows a form against form-action, too
        self._policy = f"default-src 'none'; style-src 'self'; img-src data:; form-action 'self' {' '.join(origins)}"
        self._policy += "; base-uri 'none'; frame-ancestors 'none'"

    def routes(self) -> list[Route]:
        return [
            Route("/.well-known/openid-configuration", self.discovery),
            Route("/jwks", self.jwks),
            Route("/authorize", self.choose),
            Route("/authorize", self.chosen, methods=["POST"]),
            Route("/token", self.token, methods=["POST"]),
            Route("/login.css", self.style),
            Route("/livez", self.alive),
            Route("/readyz", self.alive),
        ]

    async def discovery(self, _: Request) -> Response:
        return JSONResponse(
            {
                "issuer": self._url,
                "authorization_endpoint": f"{self._url}/authorize",
                "token_endpoint": f"{self._url}/token",
                "jwks_uri": f"{self._url}/jwks",
                "response_types_supported": ["code"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid", "profile"],
                "ui_locales_supported": ["uk", "en", "pl"],
                "authorization_response_iss_parameter_supported": True,
            }
        )

    async def jwks(self, _: Request) -> Response:
        return JSONResponse(self._jwks)

    async def style(self, _: Request) -> Response:
        return Response(STYLE, media_type="text/css")

    async def alive(self, _: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def choose(self, request: Request) -> Response:
        """The page."""
        wanted = asked.read(request.query_params, self._registered)
        try:
            wanted.check()
        except Wrong as error:
            return RedirectResponse(wanted.answer(self._url, error=str(error)), 303)
        proof = request.cookies.get(COOKIE) or secrets.token_urlsafe(18)
        page = await asyncio.to_thread(
            self._chooser.page,
            wanted,
            language=language_of(request),
            centre=request.query_params.get("centre"),
            proof=proof,
        )
        response = self._page(page)
        response.set_cookie(COOKIE, proof, httponly=True, samesite="lax")
        return response

    async def chosen(self, request: Request) -> Response:
        """Back to the gateway with a code, if the choice was made on our own page."""
        async with request.form(max_files=0) as form:
            wanted = asked.read(_texts(form), self._registered)
            claims = await self._claims(request, form)
        if claims is None:
            return self._page(self._chooser.refusal("again", language=language_of(request)), status=403)
        return RedirectResponse(wanted.answer(self._url, code=self._codes.new(wanted, claims)), 303, HEADERS)

    async def token(self, request: Request) -> Response:
        """A code for tokens, once."""
        async with request.form(max_files=0) as sent:
            form = _texts(sent)
        if form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type")
        if form.get("client_id") != CLIENT_ID:
            return _refused("invalid_client")
        verifier, address = form.get("code_verifier", ""), form.get("redirect_uri", "")
        grant = self._codes.redeem(form.get("code", ""), verifier=verifier, redirect_uri=address)
        return JSONResponse(self._tokens(grant), headers=HEADERS) if grant else _refused("invalid_grant")

    async def unknown(self, request: Request, _: Exception) -> Response:
        """For whoever did not come from the gateway."""
        return self._page(self._chooser.refusal("unknown", language=language_of(request)), status=400)

    async def _claims(self, request: Request, form: FormData) -> dict[str, Any] | None:
        """Of whoever was chosen; None for another site's form, or for nobody whom the page shows."""
        texts, cookie = _texts(form), request.cookies.get(COOKIE, "")
        if not cookie or not hmac.compare_digest(texts.get("proof", "").encode(), cookie.encode()):
            return None
        key = texts.get("person") or f"citizen-{texts.get('number', '').strip()}"
        return await asyncio.to_thread(self._chooser.claims, key, centre=texts.get("centre"))

    def _tokens(self, grant: Grant) -> dict[str, Any]:
        now = self._clock.now()
        about = {"sub": grant.claims["sub"], "nonce": grant.asked.nonce}
        return {
            "access_token": self._issuer.token(grant.claims, now=now),
            "token_type": "Bearer",
            "expires_in": int(LIFETIME.total_seconds()),
            "id_token": self._issuer.id_token(about, issuer=self._url, client_id=CLIENT_ID, now=now),
            "scope": "openid profile",
        }

    def _page(self, content: str, *, status: int = 200) -> Response:
        return HTMLResponse(content, status, HEADERS | {"Content-Security-Policy": self._policy})


def _texts(form: FormData) -> dict[str, str]:
    return {name: value for name, value in form.items() if isinstance(value, str)}


def _refused(error: str) -> Response:
    return JSONResponse({"error": error}, 400, HEADERS)
