"""Messages by a provider's gateway: SMS, messengers, or a mail service that takes JSON."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

import httpx
import orjson

from services.clock import Clock
from services.messages.port import NeverTaken, NotSent, Outgoing

LATER = {408, 409, 425, 429}
"""Answers in the 400s that say: not now. 409: the same id is being worked on."""


class Webhook:
    """POST to a provider's gateway (SMS, messengers), signed after the Standard Webhooks specification 1.0."""

    def __init__(self, url: str, secret: str, clock: Clock, *, client: httpx.AsyncClient) -> None:
        self._url, self._key, self._clock, self._client = url, signing_key(secret), clock, client

    async def send(self, message: Outgoing) -> None:
        body = orjson.dumps(
            {
                "id": message.id,
                "kind": message.to.kind,
                "to": message.to.value,
                "language": message.language,
                "subject": message.subject,
                "text": message.text,
            }
        )
        try:
            answer = await self._client.post(self._url, content=body, headers=self._headers(message.id, body))
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise NotSent(type(error).__name__) from None  # the error holds the request
        if answer.is_success:
            return
        never = 400 <= answer.status_code < 500 and answer.status_code not in LATER
        raise (NeverTaken if never else NotSent)(f"http {answer.status_code}")

    def _headers(self, message_id: str, body: bytes) -> dict[str, str]:
        seconds = str(int(self._clock.now().timestamp()))
        return {
            "content-type": "application/json",
            "idempotency-key": message_id,
            "webhook-id": message_id,
            "webhook-timestamp": seconds,
            "webhook-signature": signature(self._key, message_id, seconds, body),
        }

    async def close(self) -> None:
        await self._client.aclose()


def signing_key(secret: str) -> bytes:
    """The bytes of `whsec_<base64>`. Raises `ValueError`."""
    if not re.fullmatch(r"whsec_[A-Za-z0-9+/]+=*", secret):
        raise ValueError("a webhook's secret is written whsec_<base64>")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    if not 24 <= len(key) <= 64:
        raise ValueError("a webhook's secret has 24 to 64 bytes")
    return key


def signature(key: bytes, message_id: str, seconds: str, body: bytes) -> str:
    """`v1,<base64>`: HMAC-SHA256 over `id.timestamp.body`."""
    signed = f"{message_id}.{seconds}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()
