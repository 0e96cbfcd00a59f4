"""Settings of stats_svc, from the environment with the prefix `STATS_`."""

from __future__ import annotations

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.settings import DatabaseSettings


class Settings(DatabaseSettings):
    """`time_zone`: whose today is meant where figures of many centres are shown together. `public_url`: where people
    reach the gateway.
    """

    model_config = SettingsConfigDict(env_prefix="STATS_")

    time_zone: str = "Europe/Kyiv"
    public_url: str | None = Field(default=None, validation_alias="PUBLIC_URL")
