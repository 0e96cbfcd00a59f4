"""Messages to people outside: one port, and the ways that the settings choose, by e-mail or by telephone number.

The port knows no service. What goes out has an id of the sender's that stays the same however often it is tried: a
crash between sending and noting may send again, and mail programs and providers drop what they have had by that id.
No way logs an address, nor a text but what the sender says may be shown.
"""

import httpx

from services.clock import Clock
from services.messages.log import Log
from services.messages.port import Address, Kind, Messages, NeverTaken, NotSent, Outgoing, Way
from services.messages.settings import MessageSettings
from services.messages.smtp import Smtp
from services.messages.webhook import Webhook

__all__ = [
    "Address",
    "Kind",
    "MessageSettings",
    "Messages",
    "NeverTaken",
    "NotSent",
    "Outgoing",
    "Way",
    "open_messages",
]


def open_messages(settings: MessageSettings, clock: Clock) -> Messages:
    """The ways that the settings choose; `close` them at the end."""
    chosen: dict[Kind, str] = {"email": settings.email, "phone": settings.phone}
    return Messages({kind: _way(name, settings, clock) for kind, name in chosen.items() if name != "none"})


def _way(name: str, settings: MessageSettings, clock: Clock) -> Way:
    if name == "smtp":
        return Smtp(settings, clock)
    if name == "webhook":
        client = httpx.AsyncClient(timeout=settings.timeout_seconds)
        return Webhook(settings.webhook_url, settings.webhook_secret.get_secret_value(), clock, client=client)
    return Log()
