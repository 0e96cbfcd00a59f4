"""An issuer's published keys (JWKS), and what is signed with them (RFC 7517, RFC 8725)."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import unquote, urlsplit

import httpx
import structlog
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from services.errors import Unauthenticated, Unavailable

log = structlog.get_logger()
ALGORITHMS = ["RS256", "PS256", "ES256"]
REFRESH_SECONDS = 10.0
TIMEOUT_SECONDS = 5.0
LOOPBACK = {"127.0.0.1", "localhost", "::1"}


def client_for(url: str) -> httpx.AsyncClient:
    """For asking an issuer. Proxies that the environment names are for outside addresses only."""
    return httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=urlsplit(url).hostname not in LOOPBACK)


class IssuerKeys:
    """The keys at `url` (`https://`, or `file://` in local runs), fetched by `load` and when there may be a new one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys = KeySet([])
        self._refreshed, self._answered = float("-inf"), True
        self._lock = asyncio.Lock()

    async def decoded(self, token: str) -> jwt.Token:
        """Header and claims of a token whose signature is the issuer's; what the claims say is not looked at.

        Raises `Unauthenticated`, or `Unavailable` when the key may be a new one and the issuer does not answer.
        """
        try:
            return self._decode(token)
        except InvalidKeyIdError:
            await self._refresh()
            return self._decode_again(token)

    async def load(self) -> None:
        """Fetches the keys. Raises `Unavailable` when the issuer does not answer; the keys we have are kept then."""
        parts = urlsplit(self._url)
        try:
            if parts.scheme == "file":
                document = json.loads(await asyncio.to_thread(Path(unquote(parts.path)).read_text))
            else:
                async with client_for(self._url) as client:
                    document = (await client.get(self._url)).raise_for_status().json()
            self._keys = KeySet.import_key_set(document)
        except (OSError, httpx.HTTPError, ValueError, KeyError, TypeError, JoseError) as error:
            log.warning("auth.no_keys", error=type(error).__name__)
            raise Unavailable from error

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

    async def _refresh(self) -> None:
        """At most every ten seconds."""
        async with self._lock:
            loop = asyncio.get_running_loop()
            if loop.time() - self._refreshed >= REFRESH_SECONDS:
                self._refreshed, self._answered = loop.time(), False
                await self.load()
                self._answered = True
            elif not self._answered:
                raise Unavailable  # whether there is such a key is not known
