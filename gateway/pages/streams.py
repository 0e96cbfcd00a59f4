"""Live states that not everybody may see, for the pages: an EventSource cannot send a bearer token."""

from __future__ import annotations

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.pages.sessions import Sessions
from gateway.routes import PRIVATE


class WithSession:
    """On this origin the session stands for the token that it holds.

    A stream changes nothing, and no other origin could read it; one that asks is answered as nobody all the same. So is
    a browser that does not say where it asks from: its pages ask again every few seconds.
    """

    def __init__(self, streams: ASGIApp, sessions: Sessions) -> None:
        self._streams, self._sessions = streams, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._streams(self._as_reader(scope), receive, send)

    def _as_reader(self, scope: Scope) -> Scope:
        request = Request(scope)
        asked_here = request.headers.get("sec-fetch-site") == "same-origin"
        if scope["path"] not in PRIVATE or not asked_here or "authorization" in request.headers:
            return scope
        session = self._sessions.read(request)
        if session is None:
            return scope
        return {**scope, "headers": [*scope["headers"], (b"authorization", f"Bearer {session.token}".encode())]}
