"""Settings of the gateway, from `GATEWAY_…`."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.settings import ServiceSettings


class Settings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="GATEWAY_")

    service_urls: dict[str, str] = {}
    """Where services listen on HTTP, for the routes that stream: `{"booking_svc": "http://…"}`."""
    stream_timeout_seconds: float = 120.0
    max_stream_bytes: int = 32 * 1024 * 1024
    openapi_cache_seconds: float = 30.0
    max_listeners: int = 5000
    """Open streams of live states; further ones: 503."""
    live_heartbeat_seconds: float = 15.0
    live_check_seconds: float = 15.0
    """How often a topic is read again, in case NATS lost its news."""

    session_keys: SecretStr | None = None
    """What seals the cookies of those who sign in, written as `PRIVACY_SEAL_KEYS` are. None: nobody signs in."""
