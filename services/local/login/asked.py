"""What the gateway asks for when it sends somebody here (OpenID Connect Core 1.0 §3.1.2, RFC 7636)."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

CLIENT_ID = "vizyt"
BACK = "/login/back"
NAMES = ("localhost", "127.0.0.1")
"""What a machine calls itself; the browser may have come by either."""
KEPT = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "nonce",
    "code_challenge",
    "code_challenge_method",
    "ui_locales",
)


class NotRegistered(Exception):
    """Who asks is unknown here, and nobody is sent to an address that is not ours."""


class Wrong(Exception):
    """Told to the gateway as an `error` (RFC 6749 §4.1.2.1)."""


@dataclass(frozen=True)
class Asked:
    """The parameters that are used; `kept` are all of them, for the page's forms."""

    redirect_uri: str
    state: str
    nonce: str
    challenge: str
    kept: Mapping[str, str]

    def check(self) -> None:
        """Raises `Wrong`: nothing but a code with PKCE by S256 is given out."""
        if self.kept.get("response_type") != "code":
            raise Wrong("unsupported_response_type")
        if "openid" not in self.kept.get("scope", "").split():
            raise Wrong("invalid_scope")
        if self.kept.get("code_challenge_method") != "S256" or len(self.challenge) != 43:
            raise Wrong("invalid_request")

    def answer(self, issuer: str, **outcome: str) -> str:
        """Where the browser goes next."""
        return f"{self.redirect_uri}?{urlencode({**outcome, 'state': self.state, 'iss': issuer})}"


def read(query: Mapping[str, str], registered: frozenset[str]) -> Asked:
    """Raises `NotRegistered`."""
    kept = {name: query[name] for name in KEPT if name in query}
    if kept.get("client_id") != CLIENT_ID or kept.get("redirect_uri") not in registered:
        raise NotRegistered
    return Asked(
        redirect_uri=kept["redirect_uri"],
        state=kept.get("state", ""),
        nonce=kept.get("nonce", ""),
        challenge=kept.get("code_challenge", ""),
        kept=kept,
    )


def redirect_uris(*addresses: str) -> frozenset[str]:
    """The gateway's page for those who come back, under every name of this machine."""
    found = set()
    for address in addresses:
        parts = urlsplit(address)
        hosts = NAMES if parts.hostname in NAMES else (parts.hostname,)
        port = f":{parts.port}" if parts.port else ""
        found |= {f"{parts.scheme}://{host}{port}{BACK}" for host in hosts}
    return frozenset(found)
