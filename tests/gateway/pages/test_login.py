"""Signing in at a real issuer over real HTTP, and everything that can go wrong on the way."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from services.clock import FixedClock
from services.testing import MORNING, eventually
from tests.gateway.pages.town import Town, choose, hidden, sign_in, town

PUBLIC = "__Host-vizyt"
PENDING = "__Host-vizyt-login"


@pytest_asyncio.fixture(scope="module")
async def place(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Town]:
    """Gateway and issuer, for all tests here; their clock only runs forward."""
    async with town(tmp_path_factory.mktemp("login"), FixedClock(MORNING)) as there, there.issuing():
        yield there


@pytest_asyncio.fixture
async def person(place: Town) -> AsyncIterator[httpx.AsyncClient]:
    async with place.browser() as opened:
        yield opened


def query(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def code_of(page: httpx.Response) -> str:
    """Which refusal the page shows, by its title."""
    found = re.search(r"<h1>(.*?)</h1>", page.text)
    assert found, page.text
    return found[1]


async def test_somebody_signs_in_and_is_back_where_they_were(place: Town, person: httpx.AsyncClient) -> None:
    """With their name in the header of the page, on the very page they came from."""
    page = await sign_in(person, to="/help?lang=pl", person="citizen-2")
    assert (page.status_code, str(page.url)) == (200, f"{place.url}/help?lang=pl")
    assert "person-name" in page.text
    assert PENDING not in person.cookies
    assert person.cookies[PUBLIC]


async def test_the_gateway_asks_for_a_code_with_pkce_and_a_nonce(place: Town, person: httpx.AsyncClient) -> None:
    """RFC 7636 with S256; state and nonce are new each time; the language goes along."""
    first = await person.get("/login", headers={"accept-language": "pl"})
    second = await person.get("/login")
    assert first.status_code == 303
    assert first.headers["location"].startswith(f"{place.issuer}/authorize?")
    asked, other = query(first.headers["location"]), query(second.headers["location"])
    assert asked["response_type"] == "code"
    assert asked["redirect_uri"] == f"{place.url}/login/back"
    assert asked["code_challenge_method"] == "S256"
    assert asked["ui_locales"] == "pl"
    assert all(asked[name] != other[name] and len(asked[name]) >= 24 for name in ("state", "nonce", "code_challenge"))


async def test_the_pending_login_is_sealed_and_short_lived(person: httpx.AsyncClient) -> None:
    """Neither the verifier nor the nonce can be read from the cookie."""
    answer = await person.get("/login")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith(f"{PENDING}=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=lax", "Max-Age=600"} <= set(re.split("; ", cookie))
    assert query(answer.headers["location"])["nonce"] not in cookie


async def test_whoever_is_signed_in_may_sign_out(person: httpx.AsyncClient) -> None:
    """With the form of the page; then nobody is signed in."""
    page = await sign_in(person)
    answer = await person.post("/logout", data=hidden(page.text))
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert PUBLIC not in person.cookies
    assert "person-name" not in (await person.get("/help")).text


@pytest.mark.parametrize("form", [{}, {"csrf": ""}, {"csrf": "guessed"}, {"csrf": "é"}])
async def test_another_site_cannot_sign_anybody_out(person: httpx.AsyncClient, form: dict[str, str]) -> None:
    """Without the session's own value the form is refused, and one stays signed in."""
    await sign_in(person)
    answer = await person.post("/logout", data=form)
    assert (answer.status_code, code_of(answer)) == (403, "The form is out of date")
    assert "person-name" in (await person.get("/help")).text


async def test_signing_out_twice_does_no_harm(person: httpx.AsyncClient) -> None:
    """Who is not signed in is where they want to be."""
    assert (await person.post("/logout")).status_code == 303


async def test_several_tabs_do_not_disturb_each_other(place: Town, person: httpx.AsyncClient) -> None:
    """Each comes back to its own page, in whatever order."""
    pages = [await person.get("/login", params={"next": f"/help?tab={tab}"}, follow_redirects=True) for tab in "ab"]
    for tab, page in reversed(list(zip("ab", pages, strict=True))):
        back = await choose(person, page, person="citizen-1")
        answer = await person.get(back.headers["location"])
        assert answer.headers["location"] == f"/help?tab={tab}"


async def test_logins_that_were_begun_and_left_do_not_pile_up(person: httpx.AsyncClient) -> None:
    """However many and with addresses however long, the cookie stays small, and the newest of them works."""
    for number in range(8):
        await person.get("/login", params={"next": f"/help?{number}{'ї' * 900}"})
        assert len(person.cookies[PENDING]) < 3900
    assert (await sign_in(person)).status_code == 200


@pytest.mark.parametrize("state", [None, "", "another", "é"])
async def test_an_answer_that_nobody_asked_for_signs_nobody_in(person: httpx.AsyncClient, state: str | None) -> None:
    """A link with somebody else's code leads nowhere (login CSRF)."""
    page = await person.get("/login", follow_redirects=True)
    back = await choose(person, page, person="citizen-1")
    given = {**query(back.headers["location"]), "state": state}
    answer = await person.get("/login/back", params={name: value for name, value in given.items() if value is not None})
    assert (answer.status_code, code_of(answer)) == (400, "The login was not completed")
    assert PUBLIC not in person.cookies
    assert 'href="/login"' in answer.text


async def test_an_answer_in_another_browser_signs_nobody_in(place: Town, person: httpx.AsyncClient) -> None:
    """What was begun belongs to the browser that began it."""
    page = await person.get("/login", follow_redirects=True)
    back = await choose(person, page, person="citizen-1")
    async with place.browser() as other:
        answer = await other.get(back.headers["location"])
        assert answer.status_code == 400
        assert PUBLIC not in other.cookies


async def test_a_code_is_good_once(person: httpx.AsyncClient) -> None:
    """Reloading the way back only shows that one is signed in; without the session it is refused."""
    page = await person.get("/login", follow_redirects=True)
    pending = person.cookies[PENDING]
    back = (await choose(person, page, person="citizen-1")).headers["location"]
    assert (await person.get(back)).headers["location"] == "/"
    again = await person.get(back)
    assert (again.status_code, again.headers["location"]) == (303, "/")
    person.cookies.clear()
    person.cookies.set(PENDING, pending, domain="127.0.0.1", path="/")
    answer = await person.get(back)
    assert (answer.status_code, code_of(answer)) == (400, "The login was not completed")
    assert PUBLIC not in person.cookies


@pytest.mark.parametrize("changed", ["code_challenge", "nonce"])
async def test_a_code_of_another_login_is_worth_nothing(person: httpx.AsyncClient, changed: str) -> None:
    """PKCE ties the code to the browser that asked, the nonce the identity to the login."""
    page = await person.get("/login", follow_redirects=True)
    back = await choose(person, page, person="citizen-1", **{changed: "A" * 43})
    answer = await person.get(back.headers["location"])
    assert answer.status_code == {"code_challenge": 400, "nonce": 502}[changed]
    assert PUBLIC not in person.cookies


async def test_an_answer_of_another_issuer_is_refused(person: httpx.AsyncClient) -> None:
    """RFC 9207: the issuer names itself, and this one promised to."""
    for iss in ("https://elsewhere.example", None):
        page = await person.get("/login", follow_redirects=True)
        back = await choose(person, page, person="citizen-1")
        given = {name: value for name, value in query(back.headers["location"]).items() if name != "iss"}
        answer = await person.get("/login/back", params={**given, **({"iss": iss} if iss else {})})
        assert (answer.status_code, code_of(answer)) == (502, "The login failed")


async def test_a_login_has_to_be_done_within_ten_minutes(place: Town, person: httpx.AsyncClient) -> None:
    """Then it begins anew; the issuer's code is good for a minute."""
    for minutes in (11, 2):
        page = await person.get("/login", follow_redirects=True)
        back = await choose(person, page, person="citizen-1")
        place.clock.advance(timedelta(minutes=minutes))
        answer = await person.get(back.headers["location"])
        assert (answer.status_code, code_of(answer)) == (400, "The login was not completed")


async def test_whoever_changes_their_mind_is_told_what_works_without(person: httpx.AsyncClient) -> None:
    """The issuer's page has a way back."""
    page = await person.get("/login", follow_redirects=True)
    link = re.search(r'href="(http[^"]*access_denied[^"]*)"', page.text)
    assert link
    answer = await person.get(link[1].replace("&amp;", "&"))
    assert (answer.status_code, code_of(answer)) == (403, "The login was cancelled")


@pytest.mark.parametrize(
    ("error", "status"), [("temporarily_unavailable", 503), ("server_error", 503), ("invalid_request", 502)]
)
async def test_other_answers_of_the_issuer_become_pages(
    place: Town, person: httpx.AsyncClient, error: str, status: int
) -> None:
    """Busy is told from broken."""
    asked = query((await person.get("/login")).headers["location"])
    back = {"error": error, "state": asked["state"], "iss": place.issuer}
    assert (await person.get("/login/back", params=back)).status_code == status


async def test_while_the_issuer_is_down_the_page_says_so(tmp_path: Path, clock: FixedClock) -> None:
    """503 with Retry-After; as soon as it is there, one signs in."""
    async with town(tmp_path, clock) as there, there.browser() as somebody:
        answer = await somebody.get("/login")
        assert (answer.status_code, code_of(answer)) == (503, "Login is not available now")
        assert answer.headers["retry-after"] == "2"
        async with there.issuing():
            await eventually(lambda: _leads_on(somebody))
            page = await somebody.get("/login", follow_redirects=True)
            back = await choose(somebody, page, person="citizen-1")
        gone = await somebody.get(back.headers["location"])
        assert (gone.status_code, code_of(gone)) == (503, "Login is not available now")
        async with there.issuing():
            assert (await sign_in(somebody)).status_code == 200


async def _leads_on(somebody: httpx.AsyncClient) -> bool:
    return (await somebody.get("/login")).status_code == 303


async def test_a_session_ends_with_its_token(place: Town, person: httpx.AsyncClient) -> None:
    """On the run's clock; the cookie goes, and the page is that of somebody who is not signed in."""
    await sign_in(person)
    place.clock.advance(timedelta(days=59))
    assert "person-name" in (await person.get("/help")).text
    place.clock.advance(timedelta(days=1))
    assert "person-name" not in (await person.get("/help")).text
    assert PUBLIC not in person.cookies


async def test_any_gateway_with_the_keys_knows_the_session(
    tmp_path: Path, place: Town, person: httpx.AsyncClient
) -> None:
    """It keeps nothing: one that was restarted, or another one beside it."""
    await sign_in(person)
    async with town(tmp_path, place.clock) as another:
        assert "person-name" in (await person.get(f"{another.url}/help")).text
    async with town(tmp_path, place.clock, GATEWAY_SESSION_KEYS="1:" + "44" * 32) as stranger:
        assert "person-name" not in (await person.get(f"{stranger.url}/help")).text


async def test_the_machines_own_names_are_all_good(place: Town) -> None:
    """Who came by `localhost` goes back there: a cookie belongs to one name."""
    port = place.url.rpartition(":")[2]
    async with place.browser() as person:
        person.base_url = httpx.URL(f"http://localhost:{port}")
        page = await sign_in(person)
        assert page.url.host == "localhost"
        assert "person-name" in page.text


@pytest.mark.parametrize("host", ["evil.example", "localhost.evil.example", "127.0.0.1:1"])
async def test_nobody_is_sent_back_to_a_foreign_name(place: Town, person: httpx.AsyncClient, host: str) -> None:
    """Whatever `Host` says, the address to come back to is our own."""
    asked = query((await person.get("/login", headers={"host": host})).headers["location"])
    assert asked["redirect_uri"] == f"{place.url}/login/back"


async def test_a_gateway_without_an_issuer_serves_all_others(tmp_path: Path, clock: FixedClock) -> None:
    """/login says that there is none; signing out works."""
    nothing: dict[str, Any] = {"GATEWAY_OIDC_ISSUER": "", "GATEWAY_OIDC_CLIENT_ID": "", "GATEWAY_SESSION_KEYS": None}
    async with town(tmp_path, clock, **nothing) as there, there.browser() as somebody:
        assert (await somebody.get("/help")).status_code == 200
        for path in ("/login", "/login/back?state=x"):
            answer = await somebody.get(path)
            assert (answer.status_code, code_of(answer)) == (503, "Login is not set up")
        assert (await somebody.post("/logout")).status_code == 303
