"""The development issuer: whoever is chosen on its page gets the very token that `./vizyt token` prints."""

import base64
import hashlib
import html
import json
import re
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
import pytest_asyncio
from joserfc import jwt
from joserfc.jwk import KeySet

from services.auth import Auth, Principal
from services.clock import FixedClock
from services.errors import LANGUAGES, Unauthenticated
from services.local import issuer, plan
from services.local.home import Home
from services.local.login import persons
from services.local.login.app import create
from services.local.login.asked import redirect_uris
from services.local.login.texts import TEXTS
from services.local.people import citizen
from services.local.places import Centre, Desk
from services.local.secret_keys import secret_keys
from services.privacy import check_edrpou
from services.testing import MORNING

URL, GATEWAY = "http://127.0.0.1:15000", "http://127.0.0.1:1"
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).rstrip(b"=").decode()
ASKED = {
    "response_type": "code", "client_id": "vizyt", "redirect_uri": f"{GATEWAY}/login/back", "scope": "openid profile",
    "state": "s", "nonce": "n", "code_challenge": CHALLENGE, "code_challenge_method": "S256", "ui_locales": "en",
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    """With one key for all tests: making one takes a while."""
    return Home(tmp_path_factory.mktemp("issuer"))


@pytest_asyncio.fixture
async def client(home: Home, clock: FixedClock) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody at the issuer. No gateway runs: its centres are those of the demo data."""
    app = create(home, url=URL, gateway=GATEWAY, public_url=GATEWAY, clock=clock)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=URL) as opened:
        yield opened


async def chosen(client: httpx.AsyncClient, **choice: str) -> httpx.Response:
    """The page is opened and a button of it pressed."""
    page = await client.get("/authorize", params=ASKED)
    proof = re.search(r'name="proof" value="([^"]*)"', page.text)
    assert proof
    return await client.post("/authorize", data={**ASKED, "proof": html.unescape(proof[1]), **choice})


def code(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def exchanged(client: httpx.AsyncClient, given: str, **more: str) -> httpx.Response:
    form = {"grant_type": "authorization_code", "client_id": "vizyt", "redirect_uri": ASKED["redirect_uri"]}
    return await client.post("/token", data={**form, "code": given, "code_verifier": VERIFIER, **more})


async def read(home: Home, token: str, at: datetime) -> Principal:
    """As a service reads it."""
    auth = Auth(jwks_url=home.jwks.as_uri(), issuer=issuer.NAME, audience=issuer.AUDIENCE, clock=FixedClock(at))
    await auth.load()
    return await auth.principal(f"Bearer {token}")


async def login(client: httpx.AsyncClient, home: Home, **choice: str) -> Principal:
    answer = await exchanged(client, code(await chosen(client, **choice)))
    return await read(home, answer.json()["access_token"], MORNING)


async def test_a_citizen_is_who_the_button_says(client: httpx.AsyncClient, home: Home) -> None:
    """Name and number as on the page, by button and by number the same person."""
    person = citizen(3)
    who = await login(client, home, person="citizen-3")
    assert (who.roles, who.number, who.family_name) == ({"citizen"}, person.number, person.family_name)
    assert await login(client, home, number=" 3 ") == who


async def test_a_company_and_a_foreigner_are_among_them(client: httpx.AsyncClient, home: Home) -> None:
    """One stands for a legal entity with a valid number, one has a document in place of a tax number."""
    head, foreigner = [await login(client, home, person=key) for key in ("entity", "foreigner")]
    assert head.number
    assert check_edrpou(head.edrpou or "")
    assert (foreigner.number, foreigner.document) == (None, persons.PASSPORT)
    assert foreigner.family_name


@pytest.mark.parametrize(
    ("key", "role", "desk"),
    [("manager", "manager", None), ("desk-hsc-0741-2", "administrator", "hsc-0741-2"), ("terminal", "terminal", None)],
)
async def test_staff_has_its_place(
    client: httpx.AsyncClient, home: Home, key: str, role: str, desk: str | None
) -> None:
    """Organisation and centre, and an administrator the desk."""
    who = await login(client, home, person=key, centre="hsc-0741")
    assert (who.roles, who.organisation, who.centre, who.desk) == ({role}, "hsc", "hsc-0741", desk)


@pytest.mark.parametrize("role", ["admin", "analyst", "system"])
async def test_some_belong_to_no_centre(client: httpx.AsyncClient, home: Home, role: str) -> None:
    """Their role is all."""
    who = await login(client, home, person=role)
    assert (who.roles, who.centre, who.organisation) == ({role}, None, None)


@pytest.mark.parametrize(
    "choice",
    [
        {}, {"person": "nobody"}, {"person": "citizen-0"}, {"person": "citizen--1"}, {"person": "citizen-"},
        {"person": "citizen-999999999999"}, {"number": "x"}, {"number": "²"}, {"person": "manager"},
        {"person": "manager", "centre": "nowhere"}, {"person": "desk-hsc-0741-99", "centre": "hsc-0741"},
        {"person": "desk-hsc-0741-1", "centre": "hsc-5641"}, {"person": "citizen-1", "proof": "guessed"},
        {"person": "citizen-1", "proof": ""},
    ],
)  # fmt: skip
async def test_only_the_pages_own_buttons_lead_on(client: httpx.AsyncClient, choice: dict[str, str]) -> None:
    """Nobody else can be chosen, and no other site's form chooses."""
    answer = await chosen(client, **choice)
    assert answer.status_code == 403
    assert "location" not in answer.headers


async def test_the_form_of_another_site_chooses_nobody(home: Home, client: httpx.AsyncClient) -> None:
    """Without the cookie no value is right."""
    assert (await client.post("/authorize", data={**ASKED, "person": "citizen-1", "proof": ""})).status_code == 403


@pytest.mark.parametrize(
    "changed",
    [
        {"redirect_uri": "https://evil.example/login/back"},
        {"redirect_uri": f"{GATEWAY}/login/back?x=1"},
        {"redirect_uri": f"{GATEWAY}/elsewhere"},
        {"redirect_uri": "http://127.0.0.1:2/login/back"},
        {"redirect_uri": ""},
        {"client_id": "another"},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_ours(
    client: httpx.AsyncClient, changed: dict[str, str]
) -> None:
    """Neither with a code nor with an error: a page says that one came from nowhere."""
    for answer in (
        await client.get("/authorize", params={**ASKED, **changed}),
        await client.post("/authorize", data={**ASKED, **changed, "person": "citizen-1"}),
    ):
        assert answer.status_code == 400
        assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
    ],
)
async def test_only_codes_with_pkce_are_given_out(
    client: httpx.AsyncClient, changed: dict[str, str], error: str
) -> None:
    """The gateway is told why."""
    answer = await client.get("/authorize", params={**ASKED, **changed})
    assert answer.status_code == 303
    told = parse_qs(urlsplit(answer.headers["location"]).query)
    assert told == {"error": [error], "state": ["s"], "iss": [URL]}


async def test_a_code_is_good_once_and_for_a_minute(client: httpx.AsyncClient, clock: FixedClock) -> None:
    """On the run's clock; a try with a wrong verifier or address uses it up."""
    first = code(await chosen(client, person="citizen-1"))
    assert (await exchanged(client, first)).status_code == 200
    for spoilt in (
        {"code_verifier": "w" * 43},
        {"code_verifier": ""},
        {"redirect_uri": "http://localhost:1/login/back"},
    ):
        given = code(await chosen(client, person="citizen-1"))
        assert (await exchanged(client, given, **spoilt)).json() == {"error": "invalid_grant"}
        assert (await exchanged(client, given)).json() == {"error": "invalid_grant"}
    late = code(await chosen(client, person="citizen-1"))
    clock.advance(timedelta(minutes=1))
    for given in (first, late, "", "guessed"):
        answer = await exchanged(client, given)
        assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    ("changed", "error"),
    [({"grant_type": "password"}, "unsupported_grant_type"), ({"client_id": "another"}, "invalid_client")],
)
async def test_tokens_are_given_for_codes_only(client: httpx.AsyncClient, changed: dict[str, str], error: str) -> None:
    """And to the gateway only."""
    answer = await exchanged(client, code(await chosen(client, person="citizen-1")), **changed)
    assert (answer.status_code, answer.json()) == (400, {"error": error})


async def test_the_id_token_is_for_the_gateway_and_no_key_to_the_api(client: httpx.AsyncClient, home: Home) -> None:
    """Its issuer is the address, the access token's the name that services expect."""
    answer = (await exchanged(client, code(await chosen(client, person="citizen-1")))).json()
    keys = KeySet.import_key_set((await client.get("/jwks")).json())
    claims = jwt.decode(answer["id_token"], keys, algorithms=["RS256"]).claims
    assert (claims["iss"], claims["aud"], claims["nonce"]) == (URL, "vizyt", "n")
    with pytest.raises(Unauthenticated):
        await read(home, answer["id_token"], MORNING)
    assert answer["expires_in"] == 60 * 24 * 3600


async def test_what_it_says_of_itself_is_true(client: httpx.AsyncClient) -> None:
    """Every endpoint is its own, and the private half of the key stays inside."""
    document = (await client.get("/.well-known/openid-configuration")).json()
    assert document["issuer"] == URL
    for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
        assert document[name].startswith(URL + "/")
        assert (await client.get(document[name])).status_code != 404
    [key] = (await client.get("/jwks")).json()["keys"]
    assert set(key) == {"kty", "kid", "use", "alg", "n", "e"}


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_page_speaks_the_readers_language(client: httpx.AsyncClient, language: str) -> None:
    """As the gateway asks, as the link on the page says, or as the browser prefers, in this order reversed."""
    for params, header in (
        ({**ASKED, "ui_locales": language}, "de"),
        ({**ASKED, "ui_locales": "en", "lang": language}, "en"),
        ({name: value for name, value in ASKED.items() if name != "ui_locales"}, language),
    ):
        page = await client.get("/authorize", params=params, headers={"accept-language": header})
        assert f'<html lang="{language}">' in page.text
        assert html.escape(TEXTS["title"][language]) in page.text


def test_every_word_is_there_in_every_language() -> None:
    """With the same gaps to fill."""
    for words in TEXTS.values():
        assert set(words) == set(LANGUAGES)
        assert len({tuple(sorted(re.findall(r"{(\w+)}", text))) for text in words.values()}) == 1


async def test_the_page_takes_nothing_from_elsewhere(client: httpx.AsyncClient) -> None:
    """No script at all; its forms lead here and on to the gateway, under every name of this machine."""
    page = await client.get("/authorize", params={**ASKED, "state": '"><script>x</script>'})
    assert "<script" not in page.text
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert f"form-action 'self' {GATEWAY} http://localhost:1;" in policy
    assert (await client.get("/login.css")).headers["content-type"].startswith("text/css")


def test_the_gateways_page_is_registered_under_every_name_of_this_machine() -> None:
    """And nothing else."""
    assert redirect_uris("http://127.0.0.1:8000", "http://localhost:8000") == {
        "http://127.0.0.1:8000/login/back",
        "http://localhost:8000/login/back",
    }


def test_everybody_on_the_page_can_be_chosen() -> None:
    """No two buttons are the same."""
    centre = Centre("c", "C", "o", (Desk("c-1", 1), Desk("c-2", 2)))
    choices = [*persons.citizens(), *persons.staff(centre), *persons.others()]
    assert len({choice.key for choice in choices}) == len(choices)
    assert all(persons.chosen(choice.key, centre) == choice.holder for choice in choices)


@pytest.mark.parametrize(
    ("environment", "public_url", "needed"),
    [
        ({}, "http://127.0.0.1:8000", True),
        ({}, "http://localhost:8000", True),
        ({}, "https://vizyt.example.org", False),
        ({}, "http://192.168.1.10:8000", False),
        ({"GATEWAY_OIDC_ISSUER": "https://id.example.org"}, "http://127.0.0.1:8000", False),
    ],
)
def test_demo_persons_are_offered_on_this_machine_only(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, Any], public_url: str, needed: bool
) -> None:
    """Not under a public address, and not beside a real issuer."""
    monkeypatch.delenv("GATEWAY_OIDC_ISSUER", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert plan.needs_issuer(public_url) is needed
    assert plan.login(None) == {}


def test_a_data_folder_of_before_gets_the_keys_it_lacks(tmp_path: Path) -> None:
    """What it has stays: names and tickets must be read again."""
    home = Home(tmp_path)
    old = {"PRIVACY_HMAC_KEYS": "1:aa", "PRIVACY_SEAL_KEYS": "1:bb", "BOOKING_TICKET_KEY_SEED": "cc"}
    home.secrets_file.write_text(json.dumps(old))
    made = secret_keys(home)
    assert {name: made[name] for name in old} == old
    assert re.fullmatch("1:[0-9a-f]{64}", made["GATEWAY_SESSION_KEYS"])
    assert secret_keys(home) == made
    assert home.secrets_file.stat().st_mode & 0o777 == 0o600
