"""Which of our languages the caller reads: `lang=` in the query, else Accept-Language, else Ukrainian (api.md)."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import parse_qs

from starlette.types import Scope

from services.errors import LANGUAGES

MAX_HEADER = 200
WEIGHT = re.compile(r"|0(\.[0-9]{0,3})?|1(\.0{0,3})?")


def choose(scope: Scope) -> str:
    query: bytes = scope.get("query_string", b"")
    if b"lang=" in query:
        for language in parse_qs(query.decode("latin-1")).get("lang", []):
            if language in LANGUAGES:
                return language
    for name, value in scope["headers"]:
        if name == b"accept-language":
            return accepted(value[:MAX_HEADER].decode("latin-1"))
    return LANGUAGES[0]


@lru_cache(maxsize=1024)
def accepted(header: str) -> str:
    """The best of our languages by RFC 9110 §12.5.4, e.g. `pl-PL, en;q=0.8` → `pl`."""
    wanted = sorted((_weighed(part) for part in header.split(",")[:20]), key=lambda pair: -pair[1])
    for tag, weight in wanted:
        if weight > 0 and tag.split("-")[0] in LANGUAGES:
            return tag.split("-")[0]
    return LANGUAGES[0]


def _weighed(part: str) -> tuple[str, float]:
    tag, _, quality = part.replace(" ", "").replace("\t", "").lower().partition(";q=")
    return tag, float(quality or 1) if WEIGHT.fullmatch(quality) else 0.0
