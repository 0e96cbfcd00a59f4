"""The caller's language: `lang=` first, then Accept-Language with its weights, else Ukrainian."""

from __future__ import annotations

import pytest

from services.language import choose


def _choose(header: str | None = None, query: str = "") -> str:
    headers = [] if header is None else [(b"accept-language", header.encode("latin-1"))]
    return choose({"headers": [(b"host", b"x"), *headers], "query_string": query.encode()})


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, "uk"),
        ("", "uk"),
        ("pl", "pl"),
        ("pl-PL", "pl"),
        ("EN-us", "en"),
        ("pl-PL,pl;q=0.9,en;q=0.8", "pl"),
        ("de, en;q=0.5, pl;q=0.7", "pl"),
        ("de;q=1.0, en ; q=0.5, pl; q=0.25", "en"),
        ("pl;q=0, en;q=0.1", "en"),
        ("uk;q=0.3,en;q=0.3", "uk"),
        ("de,fr;q=0.5", "uk"),
        ("*", "uk"),
        ("*;q=0.5, pl;q=0.4", "pl"),
        ("en;q=nan, pl;q=0.2", "pl"),
        ("en;q=inf, pl;q=0.2", "pl"),
        ("en;q=-1, pl;q=0.2", "pl"),
        ("en;q=zwei, pl;q=0.2", "pl"),
        ("en;q=1.000, pl;q=0.999", "en"),
        (";;;,,,q=", "uk"),
        ("plx, e", "uk"),
        ("\xff\xfe", "uk"),
    ],
)
def test_accept_language_is_weighed(header: str | None, language: str) -> None:
    """RFC 9110 §12.5.4; what is malformed or unknown counts for nothing."""
    assert _choose(header) == language


@pytest.mark.parametrize(
    ("query", "language"),
    [
        ("lang=en", "en"),
        ("a=1&lang=uk", "uk"),
        ("lang=de", "pl"),
        ("lang=", "pl"),
        ("lang=de&lang=en", "en"),
        ("lan=en", "pl"),
    ],
)
def test_the_query_goes_before_the_header(query: str, language: str) -> None:
    """`lang=` chooses; a language that is not ours leaves the choice to the header."""
    assert _choose("pl", query) == language


def test_a_huge_header_is_cut() -> None:
    """Nobody fills our memory with languages."""
    assert _choose("de," * 5000 + "pl") == "uk"
    assert _choose("pl," + "de," * 5000) == "pl"
