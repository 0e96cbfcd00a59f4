"""What a page keeps from one step to its next: sealed in a cookie, for minutes, and for the session that wrote it.

Personal data that was typed travels so, and never in an address.
"""

from __future__ import annotations

import hmac
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.sealing import Seal
from gateway.pages.sessions import Session, forget, keep
from services.clock import Clock

PREFIX = "__Host-vizyt-"
SECONDS = 15 * 60
KIND = "draft"


class Drafts:
    """One draft per name; a new one replaces it. Without keys nobody is signed in, and nothing is kept."""

    def __init__(self, seal: Seal | None, clock: Clock) -> None:
        self._seal, self._clock = seal, clock

    def read(self, request: Request, session: Session, name: str) -> dict[str, Any]:
        """What this session kept; empty when it kept nothing, or that was too long ago."""
        sealed = request.cookies.get(PREFIX + name, "")
        found = self._seal.open(f"{KIND} {name}", sealed) if self._seal and sealed else None
        if not found or not hmac.compare_digest(found["by"].encode(), session.csrf.encode()):
            return {}
        content: dict[str, Any] = found["content"] if self._seconds() < found["until"] else {}
        return content

    def keep(self, response: Response, session: Session, name: str, content: dict[str, Any]) -> None:
        assert self._seal, "somebody is signed in"
        sealed = {"by": session.csrf, "until": self._seconds() + SECONDS, "content": content}
        keep(response, PREFIX + name, self._seal.seal(f"{KIND} {name}", sealed), max_age=SECONDS)

    def drop(self, response: Response, name: str) -> None:
        forget(response, PREFIX + name)

    def _seconds(self) -> int:
        return int(self._clock.now().timestamp())
