"""Settings from the environment: frozen, the unit in the name, no default for a secret."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class ServiceSettings(BaseSettings):
    """What every service needs. A service subclasses it with its own `env_prefix` and own fields."""

    model_config = SettingsConfigDict(frozen=True, populate_by_name=True, extra="ignore")

    http_host: str = "127.0.0.1"
    http_port: int = 8000
    request_timeout_seconds: float = 10.0
    stream_timeout_seconds: float = 120.0
    stop_timeout_seconds: float = 5.0
    max_body_bytes: int = 1024 * 1024
    max_in_flight: int = 2000

    nats_url: SecretStr = Field(validation_alias="NATS_URL")
    clock_file: Path | None = Field(default=None, validation_alias="CLOCK_FILE")
    log_level: str = Field(default="INFO", validation_alias="LOG_LEVEL")


class DatabaseSettings(ServiceSettings):
    """What a service with a database of its own needs besides."""

    database_url: SecretStr
    pool_size: int = 8

    auth_jwks_url: str = Field(validation_alias="AUTH_JWKS_URL")
    auth_issuer: str = Field(validation_alias="AUTH_ISSUER")
    auth_audience: str = Field(default="vizyt", validation_alias="AUTH_AUDIENCE")
    privacy_hmac_keys: SecretStr = Field(validation_alias="PRIVACY_HMAC_KEYS")
    privacy_seal_keys: SecretStr = Field(validation_alias="PRIVACY_SEAL_KEYS")
