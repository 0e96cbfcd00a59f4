"""The public API, as the pages use it: through the gateway's own front, with the reader's token and language."""

from __future__ import annotations

from copy import copy
from typing import Any

import httpx
from starlette.types import ASGIApp

from services import telemetry

ORIGIN = "http://gateway"  # never looked up: the app is called directly


class Refused(Exception):
    """The API's refusal: a problem document (RFC 9457) in the reader's language."""

    def __init__(self, response: httpx.Response) -> None:
        self.status = response.status_code
        self.document: dict[str, Any] = _document(response)
        self.code: str = self.document.get("code", "internal")
        self.retry_after = response.headers.get("retry-after")
        super().__init__(self.code)

    @property
    def fields(self) -> dict[str, str]:
        """What is wrong with which field of the body, for 422."""
        return {error["field"]: error["reason"] for error in self.document.get("errors", [])}


def _document(response: httpx.Response) -> dict[str, Any]:
    if "json" in response.headers.get("content-type", ""):
        found: dict[str, Any] = response.json()
        return found
    return {}


class Api:
    """One caller. Every method raises `Refused` for any answer from 400 on."""

    def __init__(self, app: ASGIApp, *, token: str | None, language: str, address: tuple[str, int]) -> None:
        self._headers = {"accept-language": language, "traceparent": telemetry.traceparent()}
        if token:
            self._headers["authorization"] = f"Bearer {token}"
        self._transport = httpx.ASGITransport(app, client=address)

    def anonymous(self) -> Api:
        """The same reader, of whom nothing is known."""
        api = copy(self)
        api._headers = {name: value for name, value in self._headers.items() if name != "authorization"}
        return api

    async def get(self, path: str, **query: str | int | None) -> Any:
        """The resource at `/api/v1/<path>`."""
        wanted = {name: value for name, value in query.items() if value is not None}
        return (await self.send("GET", path, params=wanted)).json()

    async def file(self, path: str) -> httpx.Response:
        """What is not JSON: a calendar file, a picture."""
        return await self.send("GET", path)

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        """`key`: the Idempotency-Key, so that sending again does nothing twice. None where the answer is empty."""
        response = await self.send("POST", path, json=body, headers={"idempotency-key": key} if key else {})
        return response.json() if response.content else None

    async def send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = self._headers | options.pop("headers", {})
        async with httpx.AsyncClient(transport=self._transport, base_url=ORIGIN, trust_env=False) as client:
            response = await client.request(method, f"/api/v1/{path}", headers=headers, **options)
        if response.status_code >= 400:
            raise Refused(response)
        return response
