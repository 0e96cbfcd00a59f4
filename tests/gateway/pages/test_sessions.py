"""Sessions are sealed cookies: only the gateway reads and writes them, and the browser keeps them."""

from __future__ import annotations

from http.cookies import SimpleCookie
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import Response

from gateway.pages.login.refusals import LoginRefused
from gateway.pages.sealing import Seal
from gateway.pages.sessions import COOKIE, Session, Sessions, payload, signed_in
from services.testing import MORNING, Issuer

KEY, OLD_KEY = "2:" + "ab" * 32, "1:" + "cd" * 32
SOMEBODY = {"family_name": "Мельник", "given_name": "Олена", "middle_name": "Іванівна", "number": "1759013776"}


def sessions(keys: str = KEY) -> Sessions:
    return Sessions(Seal(keys))


def asking(cookies: dict[str, str]) -> Request:
    """A request with these cookies."""
    header = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return Request({"type": "http", "headers": [(b"cookie", header.encode())]})


def kept(response: Response) -> dict[str, str]:
    """What the browser keeps of an answer."""
    cookies: SimpleCookie = SimpleCookie()
    for name, value in response.raw_headers:
        if name == b"set-cookie":
            cookies.load(value.decode())
    return {name: cookie.value for name, cookie in cookies.items() if cookie["max-age"] != "0"}


def saved(session: Session, keys: str = KEY) -> dict[str, str]:
    response = Response()
    sessions(keys).save(response, session)
    return kept(response)


def token(issuer: Issuer, *roles: str, **claims: Any) -> str:
    return issuer.token(*roles, now=MORNING, **claims)


def test_a_session_is_read_as_it_was_saved(issuer: Issuer) -> None:
    """Who it is comes from the token's claims; the CSRF value stays the same as long as the session."""
    session = signed_in(token(issuer, "citizen", **SOMEBODY), expires_at=7, refresh_token="again")
    read = sessions().read(asking(saved(session)))
    assert read == session
    assert read.has("citizen")
    assert (read.name, read.patronymic, read.number) == ("Олена Мельник", "Іванівна", "1759013776")
    assert (read.expires_at, read.refresh_token, read.csrf) == (7, "again", session.csrf)


def test_every_session_has_its_own_csrf_value(issuer: Issuer) -> None:
    """Long enough that nobody guesses it."""
    values = {signed_in(token(issuer, "citizen"), expires_at=7).csrf for _ in range(3)}
    assert len(values) == 3
    assert all(len(value) >= 32 for value in values)


def test_staff_are_known_by_their_place(issuer: Issuer) -> None:
    """Organisation, centre and desk; a device has no name."""
    session = signed_in(token(issuer, "terminal", organisation="hsc", centre="hsc-0741", desk="1"), expires_at=7)
    assert (session.organisation, session.centre, session.desk, session.name) == ("hsc", "hsc-0741", "1", "")


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(issuer: Issuer) -> None:
    """`__Host-` with Secure and Path=/, HttpOnly, SameSite=Lax; it ends with the browser, a terminal's does not."""
    for role, lasts in (("citizen", False), ("terminal", True)):
        response = Response()
        sessions().save(response, signed_in(token(issuer, role), expires_at=7))
        header = next(value.decode() for name, value in response.raw_headers if name == b"set-cookie")
        attributes = {part.strip().lower() for part in header.split(";")[1:]}
        assert header.startswith("__Host-vizyt=")
        assert {"secure", "httponly", "samesite=lax", "path=/"} <= attributes
        assert not any(part.startswith("domain") for part in attributes)
        assert any(part.startswith("max-age") for part in attributes) is lasts


def test_nothing_of_it_can_be_read_without_the_key(issuer: Issuer) -> None:
    """Neither the token nor a name stands in the cookie; logs that show a session show no token."""
    session = signed_in(token(issuer, "citizen", **SOMEBODY), expires_at=7, refresh_token="again")
    [cookie] = saved(session).values()
    assert session.token not in cookie
    assert payload(cookie) is None
    assert all(secret not in repr(session) for secret in (session.token, session.csrf, "again"))


def test_who_changes_the_cookie_is_signed_out(issuer: Issuer) -> None:
    """Cut, changed, empty, nonsense, of another kind, or sealed with another key: nobody is signed in."""
    [cookie] = saved(signed_in(token(issuer, "citizen"), expires_at=7)).values()
    other = "B" if cookie[-8] != "B" else "C"
    forged = [cookie[:-1], cookie[:-8] + other + cookie[-7:], "", "a.b.c.d.e", "....", "x" * 5000, "%00;é"]
    forged.append(Seal(KEY).seal("login", {"token": "a.b.c", "expires_at": 7}))
    for value in forged:
        assert sessions().read(asking({COOKIE: value})) is None, value
    assert sessions("1:" + "ee" * 32).read(asking({COOKIE: cookie})) is None
    assert sessions().read(asking({})) is None


def test_keys_are_changed_without_signing_anybody_out(issuer: Issuer) -> None:
    """The newest seals, the old ones still open, until they are taken out."""
    session = signed_in(token(issuer, "citizen"), expires_at=7)
    old, new = saved(session, OLD_KEY), saved(session, f"{KEY},{OLD_KEY}")
    assert sessions(f"{KEY},{OLD_KEY}").read(asking(old)) == session
    assert sessions(KEY).read(asking(new)) == session
    assert sessions(KEY).read(asking(old)) is None


@pytest.mark.parametrize("characters", [100, 3000, 5500])
def test_a_large_token_goes_on_in_further_cookies(issuer: Issuer, characters: int) -> None:
    """Each below what browsers keep; a smaller one later leaves no part of the larger behind."""
    session = signed_in(token(issuer, "citizen", more="x" * characters), expires_at=7)
    parts = saved(session)
    assert all(len(name) + len(value) <= 4000 for name, value in parts.items())
    assert (len(parts) > 1) is (characters > 2000)
    assert sessions().read(asking(parts)) == session
    small = signed_in(token(issuer, "citizen"), expires_at=7)
    response = Response()
    sessions().save(response, small)
    left = parts | kept(response)
    gone = {value.decode().partition("=")[0] for _, value in response.raw_headers if b"Max-Age=0" in value}
    assert sessions().read(asking({name: left[name] for name in left if name not in gone})) == small


def test_tokens_too_large_for_cookies_sign_nobody_in(issuer: Issuer) -> None:
    """Better no login than half a one."""
    with pytest.raises(LoginRefused):
        saved(signed_in(token(issuer, "citizen", more="x" * 12_000), expires_at=7))


def test_of_an_opaque_token_the_claims_are_kept_beside_it() -> None:
    """As the id token told them."""
    claims = {"sub": "s", "roles": ["manager", "analyst"], "centre": "hsc-0741", **SOMEBODY}
    session = signed_in("opaque", expires_at=7, claims=claims)
    assert session.has("manager")
    assert session.patronymic == "Іванівна"
    assert sessions().read(asking(saved(session))) == session


@pytest.mark.parametrize("text", ["", "a", "a.b", "a.b.c", "a.W10.c", "a.bnVsbA.c", "a.////.c", "a.b.c.d"])
def test_what_is_no_jwt_has_no_claims(text: str) -> None:
    """Opaque tokens and nonsense."""
    assert payload(text) is None


def test_clearing_signs_out(issuer: Issuer) -> None:
    """All parts go."""
    response = Response()
    sessions().clear(response)
    assert kept(response) == {}
    assert sum(name == b"set-cookie" for name, _ in response.raw_headers) == 4


def test_without_keys_nobody_is_signed_in() -> None:
    """A gateway that is not set up for login serves those who are not signed in."""
    assert Sessions(None).read(asking({COOKIE: "anything"})) is None
