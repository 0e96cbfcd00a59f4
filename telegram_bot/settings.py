"""Settings of the bot, from `TELEGRAM_…`."""

from __future__ import annotations

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="TELEGRAM_", frozen=True, populate_by_name=True, extra="ignore")

    token: SecretStr
    """As BotFather gave it."""
    gateway_url: str
    """Where the public API of Vizyt is: `https://example.org`."""
    api_url: str = "https://api.telegram.org"
    poll_seconds: int = 50
    """How long Telegram keeps a question for news open."""
    log_level: str = Field(default="INFO", validation_alias="LOG_LEVEL")
