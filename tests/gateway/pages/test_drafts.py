"""What a page keeps for its next step is readable to the session that wrote it, for minutes, and to nobody else."""

from __future__ import annotations

from datetime import timedelta
from http.cookies import SimpleCookie

from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.drafts import Drafts
from gateway.pages.sealing import Seal
from gateway.pages.sessions import Session, signed_in
from services.clock import FixedClock

SEAL = Seal("1:" + "ab" * 32)
TYPED = {"family_name": "Нечуй-Левицький" * 6, "given_name": "Мар’яна" * 14, "number": "1759013776"}


def somebody() -> Session:
    return signed_in("opaque", expires_at=7, claims={"sub": "administrator-1", "roles": ["administrator"]})


def kept(drafts: Drafts, session: Session) -> Request:
    """The request of a browser in which this session kept what was typed, under `check`."""
    response = Response()
    drafts.keep(response, session, "check", TYPED)
    cookies: SimpleCookie = SimpleCookie(response.headers["set-cookie"])
    [(name, cookie)] = cookies.items()
    assert cookie["max-age"] == "900"
    assert cookie["httponly"]
    assert cookie["secure"]
    assert len(name) + len(cookie.value) < 4000
    return Request({"type": "http", "headers": [(b"cookie", f"{name}={cookie.value}".encode())]})


def test_a_draft_is_read_as_it_was_kept(clock: FixedClock) -> None:
    """Under its own name; names of a hundred letters fit into a cookie."""
    drafts, session = Drafts(SEAL, clock), somebody()
    request = kept(drafts, session)
    assert drafts.read(request, session, "check") == TYPED
    assert drafts.read(request, session, "register") == {}


def test_somebody_else_at_the_same_browser_does_not_read_it(clock: FixedClock) -> None:
    """Nor the same person after signing in again."""
    drafts = Drafts(SEAL, clock)
    assert drafts.read(kept(drafts, somebody()), somebody(), "check") == {}


def test_a_draft_is_gone_after_a_quarter_of_an_hour(clock: FixedClock) -> None:
    """Also when the browser sends it still."""
    drafts, session = Drafts(SEAL, clock), somebody()
    request = kept(drafts, session)
    clock.advance(timedelta(minutes=14))
    assert drafts.read(request, session, "check") == TYPED
    clock.advance(timedelta(minutes=1))
    assert drafts.read(request, session, "check") == {}


def test_a_draft_of_another_kind_or_key_is_none(clock: FixedClock) -> None:
    """A cookie that was moved to another name, or forged."""
    drafts, session = Drafts(SEAL, clock), somebody()
    value = kept(drafts, session).headers["cookie"].partition("=")[2]
    for name, sealed in (("register", value), ("check", value[:-2]), ("check", "a.b.c.d.e"), ("check", "")):
        cookie = f"__Host-vizyt-{name}={sealed}".encode()
        assert drafts.read(Request({"type": "http", "headers": [(b"cookie", cookie)]}), session, name) == {}
    assert Drafts(Seal("1:" + "cd" * 32), clock).read(kept(drafts, session), session, "check") == {}
    assert Drafts(None, clock).read(kept(drafts, session), session, "check") == {}
