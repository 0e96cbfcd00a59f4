"""The public API of feedback, as anybody may call it."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

SECONDS = 10.0
Session = dict[str, Any]


class Refused(Exception):
    """`code`: why, as api.md has it; `unavailable` when nobody answers. `fields`: what is wrong with the body."""

    def __init__(self, code: str, fields: frozenset[str] = frozenset()) -> None:
        super().__init__(code)
        self.code, self.fields = code, fields


class Feedback:
    """Every method raises `Refused`."""

    def __init__(self, client: httpx.AsyncClient, *, url: str) -> None:
        self._client, self._base = client, f"{url.rstrip('/')}/api/v1/feedback/sessions"

    async def open(self, code: str, *, language: str) -> Session:
        """Ten minutes at the desk of this code."""
        return await self._call("POST", "", language, {"feedback_code": code, "channel": "telegram"})

    async def read(self, secret: str, *, language: str) -> Session:
        """While it can still be submitted."""
        return await self._call("GET", f"/{quote(secret, safe='')}", language)

    async def submit(self, secret: str, body: dict[str, Any], *, language: str) -> dict[str, Any]:
        return await self._call("POST", f"/{quote(secret, safe='')}/submit", language, body)

    async def _call(self, method: str, path: str, language: str, body: Any = None) -> dict[str, Any]:
        headers = {"accept-language": language}
        try:
            answer = await self._client.request(method, self._base + path, json=body, headers=headers, timeout=SECONDS)
            told: dict[str, Any] = answer.json()
        except (httpx.HTTPError, ValueError):
            raise Refused("unavailable") from None
        if answer.is_success:
            return told
        fields = frozenset(str(error["field"]) for error in told.get("errors", []))
        raise Refused("unavailable" if answer.status_code >= 500 else told.get("code", "invalid_request"), fields)
