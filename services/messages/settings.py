"""Settings of messages, from `MESSAGES_…`; the same for every service that sends."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from services.messages.webhook import signing_key


class MessageSettings(BaseSettings):
    model_config = SettingsConfigDict(env_prefix="MESSAGES_", frozen=True, extra="ignore", hide_input_in_errors=True)

    email: Literal["none", "log", "smtp", "webhook"] = "none"
    phone: Literal["none", "log", "webhook"] = "none"
    sender: str = ""
    """Of mail: `Vizyt <no-reply@example.org>`."""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_ca_file: str | None = None
    """Certificates to trust besides the system's, PEM."""
    webhook_url: str = ""
    webhook_secret: SecretStr = SecretStr("")
    """`whsec_<base64>`, 24 to 64 bytes."""
    timeout_seconds: float = Field(default=10.0, gt=0, le=30)
    """For each step of a conversation with a provider."""

    @model_validator(mode="after")
    def _complete(self) -> MessageSettings:
        if self.email == "smtp" and not (self.smtp_host and "@" in self.sender):
            raise ValueError("smtp needs MESSAGES_SMTP_HOST and MESSAGES_SENDER with an address")
        if "webhook" in (self.email, self.phone):
            if not self.webhook_url:
                raise ValueError("webhook needs MESSAGES_WEBHOOK_URL and MESSAGES_WEBHOOK_SECRET")
            signing_key(self.webhook_secret.get_secret_value())
        return self

    @property
    def leave(self) -> bool:
        """Whether anything leaves the house: a log is not a way to anybody."""
        return bool({self.email, self.phone} & {"smtp", "webhook"})
