"""What an id token must say (OpenID Connect Core 1.0 §3.1.3.7); its signature was checked before."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from typing import Any

from services.errors import Unauthenticated

LEEWAY_SECONDS = 30


def check(claims: Mapping[str, Any], *, issuer: str, client_id: str, nonce: str, now: int) -> None:
    """Of this issuer, for this client, about this login, not run out, naming somebody. Raises `Unauthenticated`."""
    audience, party = claims.get("aud"), claims.get("azp", client_id)
    audiences = audience if isinstance(audience, list) else [audience]
    expires, subject = claims.get("exp"), claims.get("sub")
    if (
        claims.get("iss") != issuer
        or client_id not in audiences
        or party != client_id
        or not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode())
        or not isinstance(expires, int)
        or expires <= now - LEEWAY_SECONDS
        or not isinstance(subject, str)
        or not subject
    ):
        raise Unauthenticated
