"""Settings of quota_svc, from the environment with the prefix `QUOTA_`."""

from __future__ import annotations

from pydantic_settings import SettingsConfigDict

from services.settings import DatabaseSettings


class Settings(DatabaseSettings):
    model_config = SettingsConfigDict(env_prefix="QUOTA_")
