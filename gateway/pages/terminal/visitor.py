"""One visitor after another at the same browser: what one filled in is closed to the next.

Each way through the screens has a number of its own, in the form and in a cookie. The cookie goes with the ticket, with
the start, or by itself; a form of a way that is over, sent again out of the browser's memory, shows nothing any more.
"""

from __future__ import annotations

import hmac
import secrets

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.page import Form
from gateway.pages.sessions import forget, keep

COOKIE = "__Host-vizyt-visitor"
SECONDS = 15 * 60


def enter(response: Response, visitor: str) -> None:
    """Every screen gives the way more time."""
    keep(response, COOKIE, visitor, max_age=SECONDS)


def leave(response: Response) -> None:
    forget(response, COOKIE)


def new() -> str:
    return secrets.token_urlsafe(16)


def is_here(request: Request, form: Form) -> bool:
    known = request.cookies.get(COOKIE, "")
    return bool(known) and hmac.compare_digest(known.encode(), form["visitor"].encode())
