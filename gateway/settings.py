"""Settings of the gateway, from `GATEWAY_…`."""

from __future__ import annotations

from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from services.issuer_keys import LOOPBACK
from services.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    service_urls: dict[str, str] = {}
    """Where services listen on HTTP, for the routes that stream: `{"booking_svc": "http://…"}`."""
    max_stream_bytes: int = 32 * 1024 * 1024
    openapi_cache_seconds: float = 30.0
    max_listeners: int = 5000
    """Open streams of live states; further ones: 503."""
    live_heartbeat_seconds: float = 15.0
    live_check_seconds: float = 15.0
    """How often a topic is read again, in case NATS lost its news."""

    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
    """Where people reach the gateway: `https://example.org`, without a path."""
    session_keys: SecretStr | None = None
    """What seals the cookies of those who sign in, written as `PRIVACY_SEAL_KEYS` are. None: nobody signs in."""
    oidc_issuer: str | None = None
    """The issuer's address as its discovery document names it; without it nobody can sign in on the pages."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr | None = None
    oidc_scopes: str = "openid profile"

    @field_validator("oidc_issuer", "public_url", mode="before")
    @classmethod
    def _given(cls, value: str | None) -> str | None:
        """A variable that is set to nothing is not set."""
        return value or None

    @model_validator(mode="after")
    def _login_is_whole(self) -> Settings:
        if self.oidc_issuer and not (self.public_url and self.session_keys and self.oidc_client_id):
            raise ValueError("login needs GATEWAY_OIDC_CLIENT_ID, GATEWAY_SESSION_KEYS and PUBLIC_URL as well")
        if self.oidc_issuer and not (_encrypted(self.oidc_issuer) or _at_home(self.oidc_issuer, self.public_url)):
            raise ValueError("GATEWAY_OIDC_ISSUER must be https://; http:// only where PUBLIC_URL is this machine, too")
        if self.oidc_issuer and not (_encrypted(self.public_url) or _at_home(self.public_url)):
            raise ValueError("PUBLIC_URL must be https://: browsers keep no session otherwise")
        return self


def _encrypted(url: str | None) -> bool:
    return urlsplit(url or "").scheme == "https"


def _at_home(*urls: str | None) -> bool:
    """Nobody but who sits at this machine can be meant."""
    return all(urlsplit(url or "").hostname in LOOPBACK for url in urls)
