"""Settings of booking_svc, from `BOOKING_…`."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import SettingsConfigDict

from services.messages import MessageSettings
from services.settings import DatabaseSettings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOOKING_")

    ticket_key_seed: SecretStr
    """64 hex digits: the Ed25519 key that signs tickets."""
    quota_timeout_seconds: float = 3.0
    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
    """Where people reach the gateway, for links in messages: `https://example.org`. None: messages have no links."""
    messages: MessageSettings = Field(default_factory=MessageSettings)
