"""Answers that a client may keep: an ETag over the bytes, and 304 when it has them already (RFC 9110 §13)."""

from __future__ import annotations

import hashlib

from starlette.requests import Request
from starlette.responses import Response

CACHE = "no-cache"
"""Keep it, but ask each time whether it still holds."""


def etag_of(body: bytes) -> str:
    return f'"{hashlib.blake2b(body, digest_size=12).hexdigest()}"'


def conditional(request: Request, body: bytes, *, etag: str | None = None) -> Response:
    """The JSON bytes, or 304 without them if `If-None-Match` names their ETag."""
    etag = etag or etag_of(body)
    headers = {"ETag": etag, "Cache-Control": CACHE, "Vary": "Accept-Language"}
    wanted = request.headers.get("if-none-match")
    if wanted and matches(wanted, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type="application/json")


def matches(header: str, etag: str) -> bool:
    """Whether `If-None-Match` names the ETag. Weak comparison, as for GET: `W/"a"` matches `"a"`."""
    known = (item.strip().removeprefix("W/") for item in header.split(","))
    return header.strip() == "*" or etag.removeprefix("W/") in known
