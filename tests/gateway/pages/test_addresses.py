"""Where a login leads: never to a place that somebody else wrote into a link."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.pages.login.addresses import next_page, own_address
from gateway.pages.page import Page

OURS = "https://vizyt.example"


@pytest.mark.parametrize(
    "wanted",
    [
        "/",
        "/bookings",
        "/book?centre=hsc-0741&day=2027-03-02",
        "/desk/hsc-0741-1#main",
        "/пошук?слово=паспорт",
        "/a//b",
    ],
)
def test_pages_of_our_own_are_come_back_to(wanted: str) -> None:
    """With their query."""
    assert next_page(wanted) == wanted


FOREIGN = [
    None, "", "bookings", "//evil.example", "///evil.example", "////evil.example", "/\\evil.example", "\\/evil.example",
    "/\\/evil.example", "\\\\evil.example", "https://evil.example", "HTTPS://evil.example", "https:/evil.example",
    "https:evil.example", "javascript:alert(1)", "data:text/html,x", " //evil.example", "\t//evil.example",
    "/\t/evil.example", "/\n/evil.example", "/\r/evil.example", "/\x00/evil.example", "/\x0b/evil.example",
    "/a\r\nSet-Cookie: x=y", "/\u2028/evil.example", "/\u202eevil", "/a\\..\\..\\evil.example", "@evil.example",
    ".evil.example", "/" + "x" * 1000, "/login", "/login?next=/login", "/login/back?code=x", "/logout",
]  # fmt: skip


@pytest.mark.parametrize("wanted", FOREIGN)
def test_everything_else_is_the_first_page(wanted: str | None) -> None:
    """Other hosts, however they are written; control characters; the login itself."""
    assert next_page(wanted) == "/"


TRICKS = st.text(st.sampled_from("/\\:@?#.%\t\n\r \x00ae0525fc") | st.characters(), max_size=12)


@given(TRICKS | TRICKS.map(lambda text: "/" + text))
def test_no_browser_ever_leaves_our_host(wanted: str) -> None:
    """As browsers read addresses: tabs and line breaks dropped, backslashes taken for slashes (WHATWG URL)."""
    read = next_page(wanted).strip("".join(map(chr, range(0x21))))
    for dropped in "\t\r\n":
        read = read.replace(dropped, "")
    assert urlsplit(urljoin(OURS + "/login/back", read.replace("\\", "/"))).netloc == "vizyt.example"


@given(TRICKS)
def test_what_is_come_back_to_is_a_header(wanted: str) -> None:
    """One line, in ASCII."""
    location = Page.go(None, next_page(wanted)).headers["location"]  # type: ignore[arg-type]  # of a page it uses nothing
    assert location.isascii()
    assert location.isprintable()


@pytest.mark.parametrize(
    ("public", "host", "own"),
    [
        (OURS, "vizyt.example", OURS),
        (OURS + "/", "vizyt.example", OURS),
        (OURS, "evil.example", OURS),
        (OURS, "localhost", OURS),
        (OURS, None, OURS),
        ("http://127.0.0.1:8000", "localhost:8000", "http://localhost:8000"),
        ("http://127.0.0.1:8000", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost:8000", "127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "localhost:9000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "localhost", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "localhost:x", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "evil.example:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "localhost@evil.example:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "evil.example@localhost:8000", "http://127.0.0.1:8000"),
        ("http://127.0.0.1:8000", "[", "http://127.0.0.1:8000"),
    ],
)
def test_the_own_address_is_the_public_one(public: str, host: str | None, own: str) -> None:
    """Only this machine's own names stand for each other, on the same port."""
    assert own_address(public, host) == own
