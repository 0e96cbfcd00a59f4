"""Settings of feedback_svc, from `FEEDBACK_…`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.messages import MessageSettings
from services.settings import DatabaseSettings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="FEEDBACK_")

    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
    """Where people reach the gateway, for the codes at the desks: `https://example.org`."""
    telegram_bot: str | None = Field(default=None, validation_alias="TELEGRAM_BOT")
    """The bot's name without @, for codes that open a chat with it."""
    messages: MessageSettings = Field(default_factory=MessageSettings)
