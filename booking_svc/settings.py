"""Settings of booking_svc, from `BOOKING_…`."""

from __future__ import annotations

from pydantic import SecretStr
from pydantic_settings import SettingsConfigDict

from services.settings import DatabaseSettings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="BOOKING_")

    ticket_key_seed: SecretStr
    """64 hex digits: the Ed25519 key that signs tickets."""
    quota_timeout_seconds: float = 3.0
