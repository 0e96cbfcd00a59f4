"""Bearer tokens: who gets in, who does not, and that hostile tokens cost little."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from services import auth as module
from services import issuer_keys
from services.auth import Auth
from services.clock import FixedClock, ShiftedClock
from services.errors import Problem, Unauthenticated, Unavailable
from services.testing import ISSUER, MORNING, Issuer

KEY = RSAKey.generate_key(2048, {"kid": "one"})
OTHER = RSAKey.generate_key(2048, {"kid": "two"})
CURVE = ECKey.generate_key("P-256", {"kid": "curve"})


def public(*keys: Any) -> str:
    return json.dumps(KeySet(list(keys)).as_dict(private=False))


def token(key: Any = KEY, *, header: dict[str, Any] | None = None, **claims: Any) -> str:
    """A good token but for what is given; a claim that is None is left out."""
    seconds = int(MORNING.timestamp())
    standard = {"iss": ISSUER, "aud": "vizyt", "sub": "somebody", "exp": seconds + 60, "roles": ["citizen"]}
    kept = {name: value for name, value in {**standard, **claims}.items() if value is not None}
    algorithm = {"RSA": "RS256", "EC": "ES256"}[key.key_type]
    fields = {"alg": algorithm, "kid": key.kid, "typ": "at+jwt", **(header or {})}
    shown = {name: value for name, value in fields.items() if value is not None}
    return jwt.encode(shown, kept, key, algorithms=issuer_keys.ALGORITHMS)


@pytest.fixture
async def auth(tmp_path: Path, clock: FixedClock) -> Auth:
    jwks = tmp_path / "jwks.json"
    jwks.write_text(public(KEY, CURVE))
    opened = Auth(jwks_url=jwks.as_uri(), issuer=ISSUER, audience="vizyt", clock=clock)
    await opened.load()
    return opened


async def refused(auth: Auth, text: str) -> None:
    with pytest.raises(Unauthenticated):
        await auth.principal(f"Bearer {text}")


async def test_a_valid_token_names_the_caller(auth: Auth) -> None:
    """Subject, roles and the optional claims become the principal."""
    claims = {"number": "1759013776", "middle_name": "Іванівна", "centre": "hsc-0741", "organisation": ""}
    who = await auth.principal(f"Bearer {token(roles=['citizen', 'manager', 7], **claims)}")
    assert (who.sub, who.roles) == ("somebody", {"citizen", "manager"})
    assert (who.number, who.patronymic, who.centre, who.organisation) == ("1759013776", "Іванівна", "hsc-0741", None)
    assert who.has("admin", "manager")
    assert not who.has("admin")


@pytest.mark.parametrize("claims", [{"roles": None}, {"roles": "admin"}, {"roles": {"admin": 1}}])
async def test_roles_come_from_a_list_only(auth: Auth, claims: dict[str, Any]) -> None:
    """A token without a list of roles has none."""
    assert (await auth.principal(f"Bearer {token(**claims)}")).roles == frozenset()


async def test_an_elliptic_key_works_as_well(auth: Auth) -> None:
    """The issuer chooses among the algorithms that we take."""
    assert (await auth.principal(f"bearer {token(CURVE)}")).sub == "somebody"


async def test_a_token_ends_at_the_second_of_its_expiry(auth: Auth, clock: FixedClock) -> None:
    """One second before it is valid, at the second of `exp` not any more, cached or not."""
    good = token()
    clock.advance(timedelta(seconds=59.999))
    assert await auth.principal(f"Bearer {good}")
    clock.advance(timedelta(seconds=0.001))
    await refused(auth, good)
    await refused(auth, token(sub="another, never seen before"))


async def test_expiry_follows_the_shifted_clock(tmp_path: Path) -> None:
    """When the run's clock is advanced past `exp`, the remembered token is over at once."""
    (tmp_path / "clock").write_bytes((0).to_bytes(8, "little"))
    (tmp_path / "jwks.json").write_text(public(KEY))
    clock = ShiftedClock(tmp_path / "clock")
    auth = Auth(jwks_url=(tmp_path / "jwks.json").as_uri(), issuer=ISSUER, audience="vizyt", clock=clock)
    await auth.load()
    good = token(exp=int(clock.now().timestamp()) + 3600)
    assert await auth.principal(f"Bearer {good}")
    with (tmp_path / "clock").open("r+b") as file:
        file.write((3600 * 1_000_000).to_bytes(8, "little"))
    await refused(auth, good)


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another"},
        {"aud": None},
        {"aud": ["another", "third"]},
        {"aud": {"vizyt": 1}},
        {"iss": "https://another.example"},
        {"iss": None},
        {"sub": None},
        {"sub": 7},
        {"sub": ""},
        {"exp": None},
        {"exp": "2999-01-01"},
        {"exp": int(MORNING.timestamp())},
        {"exp": int(MORNING.timestamp()) - 3600},
        {"nbf": int(MORNING.timestamp()) + 3600},
        {"nbf": "soon"},
    ],
)
async def test_a_wrong_claim_is_no_login(auth: Auth, claims: dict[str, Any]) -> None:
    """RFC 9068 §4: issuer, audience, subject and times are checked, each on its own."""
    await refused(auth, token(**claims))


@pytest.mark.parametrize("audience", [["vizyt"], ["other", "vizyt"]])
async def test_one_of_several_audiences_is_enough(auth: Auth, audience: list[str]) -> None:
    """`aud` may be a list."""
    assert await auth.principal(f"Bearer {token(aud=audience)}")


@pytest.mark.parametrize("typ", ["JWT", "", None, "at+jwt+x", "id_token"])
async def test_only_access_tokens_are_taken(auth: Auth, typ: str | None) -> None:
    """An identity token of the same issuer is no key to the API (RFC 8725 §3.11)."""
    await refused(auth, token(header={"typ": typ}))


@pytest.mark.parametrize("typ", ["at+jwt", "AT+JWT", "application/at+jwt"])
async def test_the_type_is_compared_without_case(auth: Auth, typ: str) -> None:
    """RFC 9068 §4."""
    assert await auth.principal(f"Bearer {token(header={'typ': typ})}")


def _part(content: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(content).encode()).rstrip(b"=").decode()


async def test_algorithm_none_is_no_login(auth: Auth) -> None:
    """RFC 8725 §3.2, with and without a signature."""
    _, payload, signature = token().split(".")
    for algorithm in ("none", "None", "NONE", ""):
        head = _part({"alg": algorithm, "typ": "at+jwt", "kid": "one"})
        await refused(auth, f"{head}.{payload}.")
        await refused(auth, f"{head}.{payload}.{signature}")


async def test_the_public_key_is_no_secret(auth: Auth) -> None:
    """A token signed with HMAC, the published key being the secret, is refused (RFC 8725 §2.1)."""
    _, payload, _ = token().split(".")
    for secret in (
        KEY.as_pem(private=False),
        KEY.as_der(private=False),
        json.dumps(KEY.as_dict(private=False)).encode(),
    ):
        signed = f"{_part({'alg': 'HS256', 'typ': 'at+jwt', 'kid': 'one'})}.{payload}"
        signature = base64.urlsafe_b64encode(hmac.digest(secret, signed.encode(), "sha256")).rstrip(b"=").decode()
        await refused(auth, f"{signed}.{signature}")


async def test_a_key_in_the_token_is_not_trusted(auth: Auth) -> None:
    """`jwk` and `jku` in the header are ignored: only the issuer's published keys count."""
    mine = OTHER.as_dict(private=False)
    await refused(auth, token(OTHER, header={"kid": "one", "jwk": mine}))
    await refused(auth, token(OTHER, header={"kid": None, "jwk": mine}))


async def test_a_changed_token_is_refused(auth: Auth) -> None:
    """Header, claims and signature belong together."""
    head, payload, signature = token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    await refused(auth, f"{head}.{_part({**claims, 'roles': ['admin']})}.{signature}")
    await refused(auth, f"{head}.{payload}.{'A' * len(signature)}")
    await refused(auth, f"{head}.{payload}")


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic YTpi", "Token x", "bearer  x", "Bearer,x"])
async def test_without_a_bearer_token_nobody_is_known(auth: Auth, header: str | None) -> None:
    """A missing or malformed header is `unauthenticated`."""
    with pytest.raises(Unauthenticated):
        await auth.principal(header)


async def test_a_token_that_is_too_long_is_not_even_read(auth: Auth) -> None:
    """More than 8192 characters are no token of ours, although the signature may be right."""
    await refused(auth, token(padding="x" * 9000))


HOSTILE = [
    "[" * 6000,
    "..",
    "a.b.c",
    "....",
    f"{_part([])}.{_part({})}.x",
    f"{_part(1)}.{_part({})}.x",
    f"{_part({'alg': {}})}.{_part({})}.x",
    f"{_part({'alg': 'RS256', 'kid': ['one']})}.{_part({})}.AAAA",
    f"{_part({'alg': 'RS256', 'kid': 'one', 'crit': ['x']})}.{_part({})}.AAAA",
    f"{_part({'alg': 'RS256', 'kid': 'one', 'crit': 7, 'b64': False})}.{_part({})}.AAAA",
    f"{base64.urlsafe_b64encode(b'[' * 5000).decode()}.e30.x",
    f"{_part({'alg': 'RSA-OAEP', 'enc': 'A256GCM'})}.a.b.c.d",
    "é.ü.ї",
    "\x00.\x00.\x00",
]


@pytest.mark.parametrize("text", HOSTILE)
async def test_garbage_is_no_login_and_no_crash(auth: Auth, text: str) -> None:
    """Whatever a token breaks on the way, the answer is 401."""
    await refused(auth, text)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    header=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "b64", "zip"]), st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.sampled_from(["RS256", "one", "at+jwt"]),
        lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=3), inner, max_size=2),
        max_leaves=4,
    )),
    payload=st.binary(max_size=40),
    signature=st.binary(max_size=300),
)  # fmt: skip
async def test_no_header_whatsoever_crashes_the_check(
    auth: Auth, header: dict[str, Any], payload: bytes, signature: bytes
) -> None:
    """Any header, payload and signature: refused, or unavailable when the key may be a new one."""
    body, sign = (base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in (payload, signature))
    with pytest.raises((Unauthenticated, Unavailable)):
        await auth.principal(f"Bearer {_part(header)}.{body}.{sign}")


class Publisher:
    """The issuer's key server over real HTTP: counts what it is asked, answers what it is told."""

    def __init__(self) -> None:
        self.asked, self.body, self.status = 0, public(KEY), "200 OK"
        self.url = ""

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        self.asked += 1
        body = self.body.encode()
        writer.write(
            f"HTTP/1.1 {self.status}\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body
        )
        await writer.drain()
        writer.close()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Publisher]:
        server = await asyncio.start_server(self.answer, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/jwks"
        async with server:
            yield self


@pytest.fixture
async def publisher() -> AsyncIterator[Publisher]:
    async with Publisher().running() as running:
        yield running


async def _remote(publisher: Publisher, clock: FixedClock) -> Auth:
    auth = Auth(jwks_url=publisher.url, issuer=ISSUER, audience="vizyt", clock=clock)
    await auth.load()
    return auth


async def test_a_new_key_of_the_issuer_is_fetched_when_it_is_first_seen(
    publisher: Publisher, clock: FixedClock
) -> None:
    """The issuer may change its key while we run."""
    auth = await _remote(publisher, clock)
    publisher.body = public(KEY, OTHER)
    assert await auth.principal(f"Bearer {token(OTHER)}")
    assert publisher.asked == 2


async def test_unknown_keys_do_not_make_us_ask_the_issuer_each_time(publisher: Publisher, clock: FixedClock) -> None:
    """At most once in ten seconds, however many forged tokens come, also at the same time."""
    auth = await _remote(publisher, clock)
    forged = [token(OTHER, sub=f"robot-{number}") for number in range(40)]
    results = await asyncio.gather(*(auth.principal(f"Bearer {one}") for one in forged), return_exceptions=True)
    assert {type(result) for result in results} == {Unauthenticated}
    assert publisher.asked == 2


async def test_after_ten_seconds_the_issuer_is_asked_again(
    publisher: Publisher, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A key that was unknown a while ago may be known now."""
    monkeypatch.setattr(issuer_keys, "REFRESH_SECONDS", 0.2)
    auth = await _remote(publisher, clock)
    await refused(auth, token(OTHER))
    publisher.body = public(KEY, OTHER)
    await refused(auth, token(OTHER))
    await asyncio.sleep(0.2)
    assert await auth.principal(f"Bearer {token(OTHER)}")
    assert publisher.asked == 3


async def test_a_bad_signature_of_a_known_key_never_asks_the_issuer(publisher: Publisher, clock: FixedClock) -> None:
    """Only an unknown key id is a reason to fetch."""
    auth = await _remote(publisher, clock)
    await refused(auth, token(OTHER, header={"kid": "one"}))
    await refused(auth, "garbage")
    assert publisher.asked == 1


async def test_while_the_issuer_is_down_known_keys_work_and_unknown_ones_are_unavailable(
    publisher: Publisher, clock: FixedClock
) -> None:
    """An outage of the issuer logs nobody out; of an unknown key it is not known whether it is good."""
    auth = await _remote(publisher, clock)
    publisher.status = "500 Internal Server Error"
    for _ in range(3):
        with pytest.raises(Unavailable):
            await auth.principal(f"Bearer {token(OTHER)}")
    assert await auth.principal(f"Bearer {token()}")
    assert publisher.asked == 2


@pytest.mark.parametrize("body", ["", "[]", "{}", '{"keys": 7}', '{"keys": [{"kty": "RSA"}]}', "<html>"])
async def test_an_issuer_that_publishes_no_keys_is_unavailable(
    publisher: Publisher, clock: FixedClock, body: str
) -> None:
    """The keys we have are kept when the issuer answers nonsense."""
    auth = await _remote(publisher, clock)
    publisher.body = body
    with pytest.raises(Problem):
        await auth.principal(f"Bearer {token(OTHER)}")
    assert await auth.principal(f"Bearer {token()}")


async def test_remembered_tokens_are_bounded(auth: Auth, monkeypatch: pytest.MonkeyPatch) -> None:
    """The cache forgets the oldest; a forgotten token is verified again."""
    monkeypatch.setattr(module, "CACHED_TOKENS", 5)
    tokens = [token(sub=f"citizen-{number}") for number in range(12)]
    for one in tokens:
        assert await auth.principal(f"Bearer {one}")
    assert len(auth._known) == 5
    assert (await auth.principal(f"Bearer {tokens[0]}")).sub == "citizen-0"


async def test_the_test_issuer_is_one_of_ours(tmp_path: Path, clock: FixedClock) -> None:
    """The tokens of `services.testing` pass the real check."""
    issuer = Issuer(tmp_path)
    auth = Auth(jwks_url=issuer.jwks.as_uri(), issuer=ISSUER, audience="vizyt", clock=clock)
    await auth.load()
    assert (await auth.principal(f"Bearer {issuer.token('admin', now=clock.now())}")).has("admin")
