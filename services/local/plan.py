"""What runs locally: the one list of services, and the environment that each is given."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from services.local.home import Home
from services.local.login.asked import CLIENT_ID
from services.local.login.asked import NAMES as HERE
from services.local.ports import LOOPBACK
from services.local.secret_keys import secret_keys


@dataclass(frozen=True)
class Service:
    """One service: `python -m <name>`."""

    name: str
    database: str | None

    @property
    def prefix(self) -> str:
        """The prefix of its own settings, e.g. `BOOKING_`."""
        return self.name.removesuffix("_svc").upper() + "_"

    @property
    def given_url(self) -> str | None:
        """The address of an outside database, if the environment gives one."""
        return os.environ.get(f"{self.prefix}DATABASE_URL") or None


ISSUER = "issuer"
"""The process of `services.local.login`."""
BOT = "telegram_bot"
"""Runs where there is a token for it, and listens nowhere."""
GATEWAY = Service("gateway", database=None)
SERVICES = (
    Service("booking_svc", database="booking"),
    Service("quota_svc", database="quota"),
    Service("feedback_svc", database="feedback"),
    Service("stats_svc", database="stats"),
    GATEWAY,
)


def needs_postgres(services: tuple[Service, ...] = SERVICES) -> bool:
    """Whether any service's database is ours to provide."""
    return any(service.database and not service.given_url for service in services)


def needs_issuer(public_url: str) -> bool:
    """Whether people log in by choosing a demo person: not where the environment names a real issuer, and nowhere
    but at this machine.
    """
    return not os.environ.get("GATEWAY_OIDC_ISSUER") and urlsplit(public_url).hostname in HERE


def bot(gateway_url: str) -> dict[str, str] | None:
    """Settings of the bot in Telegram. None: it is not wanted, because the environment names no token."""
    if not os.environ.get("TELEGRAM_TOKEN"):
        return None
    return {"TELEGRAM_GATEWAY_URL": os.environ.get("TELEGRAM_GATEWAY_URL") or gateway_url}


def login(issuer_url: str | None) -> dict[str, str]:
    """Settings of the gateway for the demo persons' issuer, if there is one."""
    return {"GATEWAY_OIDC_ISSUER": issuer_url, "GATEWAY_OIDC_CLIENT_ID": CLIENT_ID} if issuer_url else {}


def shared_environment(home: Home, *, nats_url: str) -> dict[str, str]:
    """Settings of every service. What the environment sets already stays as it is."""
    ours = {
        "NATS_URL": nats_url,
        "AUTH_JWKS_URL": home.jwks.as_uri(),
        "AUTH_ISSUER": "vizyt-local",
        "CLOCK_FILE": str(home.clock_file),
        "MESSAGES_EMAIL": "log",
        "MESSAGES_PHONE": "log",
        **secret_keys(home),
    }
    return {name: os.environ.get(name) or value for name, value in ours.items()}


def own_environment(service: Service, *, port: int, host: str, database_url: str | None) -> dict[str, str]:
    """Settings of one service."""
    own = {"HTTP_HOST": host, "HTTP_PORT": str(port)}
    if database_url:
        own["DATABASE_URL"] = database_url
    return {service.prefix + name: value for name, value in own.items()}


def service_urls(ports: Mapping[str, int]) -> str:
    """`GATEWAY_SERVICE_URLS`: where the gateway finds services for streamed routes."""
    urls = {name: f"http://{LOOPBACK}:{port}" for name, port in ports.items() if name != GATEWAY.name}
    return json.dumps(urls)
