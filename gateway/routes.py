"""Which service answers which address, by the longest prefix, and how long the gateway waits for it."""

from __future__ import annotations

import re
from typing import NamedTuple

SERVICES = ("booking_svc", "quota_svc", "feedback_svc", "stats_svc")
DEADLINE_SECONDS = 5.0
READ_DEADLINE_SECONDS = 4.0


class Route(NamedTuple):
    """`streamed`: the body goes by HTTP, piece by piece, because it may be large. `shared`: what is read here is the
    same for everybody and may be a moment old: those who ask together are answered together (gateway/shared.py).
    """

    service: str
    streamed: bool = False
    shared: bool = False
    read_seconds: float = READ_DEADLINE_SECONDS
    write_seconds: float = DEADLINE_SECONDS

    def seconds(self, method: str) -> float:
        return self.read_seconds if method == "GET" else self.write_seconds


ROUTES = {
    "/api/v1/admin": Route("booking_svc"),
    "/api/v1/admin/import": Route("booking_svc", streamed=True),
    "/api/v1/admin/feedback-policies": Route("feedback_svc"),
    "/api/v1/admin/policies": Route("quota_svc"),
    "/api/v1/admin/questionnaires": Route("feedback_svc"),
    "/api/v1/availability": Route("booking_svc", shared=True),
    "/api/v1/bookings": Route("booking_svc"),
    "/api/v1/centres": Route("booking_svc"),
    "/api/v1/check-in": Route("booking_svc"),
    "/api/v1/desks": Route("booking_svc"),
    "/api/v1/feedback": Route("feedback_svc"),
    "/api/v1/feedback/import": Route("feedback_svc", streamed=True),
    "/api/v1/organisations": Route("booking_svc"),
    "/api/v1/pauses": Route("booking_svc"),
    "/api/v1/quota": Route("quota_svc"),
    "/api/v1/services": Route("booking_svc"),
    "/api/v1/slots": Route("booking_svc", shared=True),
    "/api/v1/stats": Route("stats_svc"),
    "/api/v1/ticket-keys": Route("booking_svc"),
    "/api/v1/visits": Route("booking_svc"),
    "/c": Route("booking_svc"),
    "/open-data": Route("stats_svc"),
}


DEPTH = max(prefix.count("/") for prefix in ROUTES)


def find(path: str) -> Route | None:
    """The route of the longest prefix that ends at a slash or at the end of the path."""
    words = path.split("/", DEPTH + 1)[: DEPTH + 1]
    for length in range(len(words), 1, -1):
        if route := ROUTES.get("/".join(words[:length])):
            return route
    return None


LIVE = re.compile(r"(/api/v1/centres/[^/]+/board)/stream")
"""Which resources the gateway shows live: the path of each without its last word is its topic."""


PRIVATE = {"/api/v1/feedback/remarks/stream": "centre"}
"""Live resources that not everybody may see: the parameter that tells their topics apart."""


NAMED = {"/api/v1/stats/live": "/api/v1/stats/today"}
"""Live resources whose stream has an address of its own."""


def live(path: str) -> str | None:
    """The topic that is streamed at this address, if it is such an address."""
    if path in NAMED:
        return NAMED[path]
    found = LIVE.fullmatch(path) if path.endswith("/stream") else None
    return found[1] if found else None
