"""Issuers of other people: how they want secrets, what they answer, and tokens that run out."""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio

from gateway.pages.login.discovery import endpoints_of
from services.clock import FixedClock
from services.testing import MORNING
from tests.gateway.pages.elsewhere import OTHER_KEY, Elsewhere
from tests.gateway.pages.town import Town, hidden, town

SESSION = "__Host-vizyt"


@asynccontextmanager
async def world(folder: Path, **more: Any) -> AsyncIterator[tuple[Town, Elsewhere]]:
    clock = FixedClock(MORNING)
    async with town(folder, clock, GATEWAY_OIDC_CLIENT_ID="pages", **more) as there:
        elsewhere = Elsewhere(there.issuer, clock)
        async with elsewhere.issuing():
            yield there, elsewhere


@pytest_asyncio.fixture(scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Town, Elsewhere]]:
    async with world(tmp_path_factory.mktemp("elsewhere")) as both:
        yield both


@pytest_asyncio.fixture
async def issuer(shared: tuple[Town, Elsewhere]) -> Elsewhere:
    """As it was at first, but for its discovery document."""
    there, found = shared
    found.__init__(there.issuer, there.clock)  # type: ignore[misc]  # as new
    return found


@pytest_asyncio.fixture
async def somebody(shared: tuple[Town, Elsewhere]) -> AsyncIterator[httpx.AsyncClient]:
    async with shared[0].browser() as opened:
        yield opened


async def arrive(somebody: httpx.AsyncClient, issuer: Elsewhere) -> httpx.Response:
    """To the issuer and back with a code."""
    begun = await somebody.get("/login", params={"next": "/help"})
    assert begun.status_code == 303, begun.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(begun.headers["location"]).query).items()}
    issuer.nonce = asked["nonce"]
    return await somebody.get("/login/back", params={"code": "c-1", "state": asked["state"]})


async def name(somebody: httpx.AsyncClient) -> str | None:
    """Who is signed in, as the pages show it."""
    found = re.search(r'class="person-name">([^<]*)<', (await somebody.get("/help")).text)
    return found[1] if found else None


async def test_a_client_without_a_secret_sends_its_name(somebody: httpx.AsyncClient, issuer: Elsewhere) -> None:
    """And the verifier of PKCE; an address with a query of its own keeps it."""
    answer = await arrive(somebody, issuer)
    assert answer.headers["location"] == "/help"
    assert await name(somebody) == "Олена Мельник"
    [form] = issuer.forms
    assert (form["client_id"], form["code"], len(form["code_verifier"])) == ("pages", "c-1", 64)
    assert issuer.proofs == [None]
    assert "tenant=1&response_type=code" in (await somebody.get("/login")).headers["location"]


@pytest.mark.parametrize("methods", [None, ["client_secret_basic", "client_secret_post"], ["client_secret_post"]])
async def test_a_secret_goes_the_way_the_issuer_wants(tmp_path: Path, methods: list[str] | None) -> None:
    """Basic by default (RFC 6749 §2.3.1, form-encoded), in the form where that is all it takes; never both."""
    async with world(tmp_path, GATEWAY_OIDC_CLIENT_SECRET="a b:ї&%") as (there, issuer), there.browser() as somebody:
        issuer.said = {"token_endpoint_auth_methods_supported": methods} if methods else {}
        await arrive(somebody, issuer)
        assert await name(somebody)
        [form], [proof] = issuer.forms, issuer.proofs
        if methods == ["client_secret_post"]:
            assert (form["client_secret"], proof) == ("a b:ї&%", None)
        else:
            assert "client_secret" not in form
            assert base64.b64decode((proof or "").removeprefix("Basic ")) == b"pages:a%20b%3A%D1%97%26%25"


async def test_of_an_opaque_token_the_id_token_says_who_it_is(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """It lasts as long as the issuer says; then one signs in again."""
    issuer.granted = {"access_token": "opaque", "expires_in": 300}
    await arrive(somebody, issuer)
    assert await name(somebody) == "Олена Мельник"
    shared[0].clock.advance(timedelta(seconds=300))
    assert await name(somebody) is None


WRONG: list[dict[str, Any]] = [
    {"claims": {"iss": "https://another.example"}},
    {"claims": {"iss": None}},
    {"claims": {"aud": "another"}},
    {"claims": {"aud": ["another"]}},
    {"claims": {"aud": None}},
    {"claims": {"aud": ["pages", "another"], "azp": "another"}},
    {"claims": {"exp": 1}},
    {"claims": {"exp": None}},
    {"claims": {"exp": "2999"}},
    {"claims": {"nonce": None}},
    {"claims": {"nonce": "another"}},
    {"claims": {"nonce": ["x"]}},
    {"claims": {"sub": None}},
    {"claims": {"sub": 7}},
    {"key": OTHER_KEY},
    {"header": {"kid": "two"}},
    {"granted": {"id_token": None}},
    {"granted": {"id_token": "a.b.c"}},
    {"granted": {"id_token": ["x"]}},
    {"granted": {"access_token": None}},
    {"granted": {"access_token": ""}},
    {"granted": {"access_token": {"x": 1}}},
    {"body": "[]"},
    {"body": "<html>"},
    {"status": 400, "body": '{"error": "invalid_client"}'},
    {"status": 401, "body": "no"},
]


@pytest.mark.parametrize("wrong", WRONG)
async def test_an_answer_that_does_not_hold_signs_nobody_in(
    somebody: httpx.AsyncClient, issuer: Elsewhere, wrong: dict[str, Any]
) -> None:
    """Each claim, the signature, and the tokens themselves (OpenID Connect Core §3.1.3.7)."""
    for part, value in wrong.items():
        setattr(issuer, part, value)
    answer = await arrive(somebody, issuer)
    assert answer.status_code == 502
    assert "The login failed" in answer.text
    assert SESSION not in somebody.cookies


async def test_an_id_token_without_a_signature_signs_nobody_in(somebody: httpx.AsyncClient, issuer: Elsewhere) -> None:
    """RFC 8725 §3.2."""
    issuer.nonce = "x"
    head = base64.urlsafe_b64encode(b'{"alg":"none"}').rstrip(b"=").decode()
    issuer.granted = {"id_token": f"{head}.{issuer.id_token().split('.')[1]}."}
    assert (await arrive(somebody, issuer)).status_code == 502


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_an_issuer_in_trouble_is_told_from_a_refusal(
    somebody: httpx.AsyncClient, issuer: Elsewhere, status: int
) -> None:
    """One may try again; the same page may be loaded again."""
    issuer.status = status
    answer = await arrive(somebody, issuer)
    assert answer.status_code == 503
    issuer.status = 200
    assert (await somebody.get(answer.url)).headers["location"] == "/help"


async def test_several_audiences_are_fine_with_ours_among_them(somebody: httpx.AsyncClient, issuer: Elsewhere) -> None:
    """The authorized party is we."""
    issuer.claims = {"aud": ["another", "pages"], "azp": "pages"}
    assert (await arrive(somebody, issuer)).status_code == 303


async def test_a_token_that_runs_out_is_renewed_once(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """However many pages are opened at that moment, also with the old cookie; forms that were open stay good."""
    issuer.granted = {"access_token": issuer.access_token(seconds=120), "refresh_token": "r-1"}
    await arrive(somebody, issuer)
    form = hidden((await somebody.get("/help")).text)
    old = somebody.cookies[SESSION]
    shared[0].clock.advance(timedelta(seconds=95))
    issuer.granted = {"refresh_token": "r-2", "id_token": None}
    answers = await asyncio.gather(*(somebody.get("/help", headers={"cookie": f"{SESSION}={old}"}) for _ in range(5)))
    assert all("person-name" in answer.text for answer in answers)
    assert issuer.asked["refresh_token"] == 1
    assert issuer.forms[-1]["refresh_token"] == "r-1"
    assert somebody.cookies[SESSION] != old
    shared[0].clock.advance(timedelta(seconds=3000))
    assert await name(somebody) == "Олена Мельник"
    assert issuer.asked["refresh_token"] == 1
    lost = await somebody.get("/help", headers={"cookie": f"{SESSION}={old}"})
    assert "person-name" in lost.text
    assert (await somebody.post("/logout", data=form)).status_code == 303


async def test_who_never_got_the_new_cookie_is_renewed_with_the_newer_token(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """An answer can be lost on its way: a refresh token that was used is never sent again."""
    issuer.granted = {"access_token": issuer.access_token(seconds=60), "refresh_token": "lost-1"}
    await arrive(somebody, issuer)
    old = {"cookie": f"{SESSION}={somebody.cookies[SESSION]}"}
    for number in (2, 3):
        shared[0].clock.advance(timedelta(seconds=60))
        issuer.granted = {"access_token": issuer.access_token(seconds=60), "refresh_token": f"lost-{number}"}
        assert "person-name" in (await somebody.get("/help", headers=old)).text
    assert [form.get("refresh_token") for form in issuer.forms] == [None, "lost-1", "lost-2"]


async def test_a_refresh_token_is_kept_until_there_is_another(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """RFC 6749 §6: an issuer need not give a new one; an opaque token's names are kept as well."""
    issuer.granted = {"access_token": "opaque-1", "expires_in": 60, "refresh_token": "r-1"}
    await arrive(somebody, issuer)
    for number in (2, 3):
        issuer.granted = {"access_token": f"opaque-{number}", "expires_in": 60, "id_token": None}
        shared[0].clock.advance(timedelta(seconds=61))
        assert await name(somebody) == "Олена Мельник"
    assert [form.get("refresh_token") for form in issuer.forms] == [None, "r-1", "r-1"]


async def test_a_session_that_the_issuer_ends_is_over(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """Nobody is signed in then, and nothing is left of the cookie."""
    issuer.granted = {"access_token": issuer.access_token(seconds=60), "refresh_token": "r-over"}
    await arrive(somebody, issuer)
    shared[0].clock.advance(timedelta(seconds=61))
    issuer.status, issuer.body = 400, '{"error": "invalid_grant"}'
    assert await name(somebody) is None
    assert SESSION not in somebody.cookies


async def test_while_the_issuer_is_down_a_token_is_used_to_its_end(
    somebody: httpx.AsyncClient, issuer: Elsewhere, shared: tuple[Town, Elsewhere]
) -> None:
    """Then the page says so, and nobody is signed out by it."""
    issuer.granted = {"access_token": issuer.access_token(seconds=60), "refresh_token": "r-down"}
    await arrive(somebody, issuer)
    issuer.status = 500
    shared[0].clock.advance(timedelta(seconds=40))
    assert await name(somebody)
    shared[0].clock.advance(timedelta(seconds=20))
    answer = await somebody.get("/help")
    assert answer.status_code == 503
    assert "Login is not available now" in answer.text
    issuer.status, issuer.granted = 200, {}
    assert await name(somebody)


async def test_discovery_and_keys_are_asked_for_once_in_a_while(somebody: httpx.AsyncClient, issuer: Elsewhere) -> None:
    """Not with every login."""
    await arrive(somebody, issuer)
    issuer.asked.clear()
    for _ in range(3):
        await arrive(somebody, issuer)
    assert issuer.asked["discovery"] + issuer.asked["jwks"] == 0


async def test_signing_out_goes_on_at_the_issuer(tmp_path: Path) -> None:
    """Where it has a page for that: by a page of ours, because the policy holds what forms lead to."""
    async with world(tmp_path) as (there, issuer), there.browser() as somebody:
        issuer.said = {"end_session_endpoint": f"{there.issuer}/end"}
        await arrive(somebody, issuer)
        page = await somebody.post("/logout", data=hidden((await somebody.get("/help")).text))
        assert page.status_code == 200
        onward = re.search(r'<meta http-equiv="refresh" content="0; url=([^"]*)">', page.text)
        assert onward
        address = urlsplit(onward[1].replace("&amp;", "&"))
        assert f"{address.scheme}://{address.netloc}{address.path}" == f"{there.issuer}/end"
        back = {"client_id": ["pages"], "post_logout_redirect_uri": [f"{there.url}/"]}
        assert parse_qs(address.query) == back
        assert SESSION not in somebody.cookies
        assert "person-name" not in page.text


@pytest.mark.parametrize(
    "said",
    [
        {"issuer": "https://another.example"},
        {"token_endpoint": None},
        {"jwks_uri": "ftp://x"},
        {"authorization_endpoint": 7},
    ],
)
async def test_an_issuer_that_does_not_say_where_to_go_is_not_available(tmp_path: Path, said: dict[str, Any]) -> None:
    """A document of another issuer, or one with a gap, is no document."""
    async with world(tmp_path) as (there, issuer), there.browser() as somebody:
        issuer.said = said
        assert (await somebody.get("/login")).status_code == 503


def test_an_encrypted_issuer_has_no_endpoint_in_the_clear() -> None:
    """Whoever stands between could have written it."""
    document = {name: f"https://id.example/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
    document["issuer"] = "https://id.example"
    assert endpoints_of(document).token == "https://id.example/token_endpoint"
    for name_ in ("authorization_endpoint", "token_endpoint", "jwks_uri", "end_session_endpoint"):
        with pytest.raises(ValueError, match=name_):
            endpoints_of({**document, name_: "http://id.example/x"})
