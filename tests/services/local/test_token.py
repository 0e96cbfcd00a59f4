"""Tokens of the local issuer: verifiable by every service, the same persons each time, telling no number."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.auth import Auth, Principal
from services.clock import FixedClock
from services.errors import Unauthenticated
from services.local.claims import Holder, Role, check, claims, invented
from services.local.home import Home
from services.local.issuer import AUDIENCE, NAME, Issuer
from services.local.people import citizen, with_check_digit
from services.local.places import organisation_of
from services.local.trouble import BadOption

NOW = datetime(2026, 11, 24, 7, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


@pytest.fixture
def issuer(home: Home) -> Issuer:
    return Issuer(home)


async def read(home: Home, token: str, *, at: datetime = NOW) -> Principal:
    """As a service reads it."""
    auth = Auth(jwks_url=f"file://{home.jwks}", issuer=NAME, audience=AUDIENCE, clock=FixedClock(at))
    await auth.load()
    return await auth.principal(f"Bearer {token}")


def told(issuer: Issuer, role: Role, **options: Any) -> dict[str, Any]:
    return claims(Holder(role, **options), issuer)


async def test_a_service_that_has_the_public_key_reads_who_it_is(home: Home, issuer: Issuer) -> None:
    """All that the options say arrives."""
    person = citizen(1)
    token = issuer.token(claims(invented(Holder(Role.CITIZEN), 1), issuer), now=NOW)
    principal = await read(home, token)
    assert principal.has("citizen")
    assert principal.number == person.number
    names = (principal.family_name, principal.given_name, principal.patronymic)
    assert names == (person.family_name, person.given_name, person.patronymic)


async def test_a_token_is_valid_for_60_days_of_the_runs_clock(home: Home, issuer: Issuer) -> None:
    """Not a second longer."""
    token = issuer.token(told(issuer, Role.ADMIN), now=NOW)
    assert (await read(home, token, at=NOW + timedelta(days=60, seconds=-1))).has("admin")
    with pytest.raises(Unauthenticated):
        await read(home, token, at=NOW + timedelta(days=60))


async def test_a_token_of_another_data_folder_is_not_accepted(home: Home, tmp_path: Path) -> None:
    """Every folder has a key of its own."""
    (tmp_path / "other").mkdir()
    stranger = Issuer(Home(tmp_path / "other"))
    Issuer(home)
    with pytest.raises(Unauthenticated):
        await read(home, stranger.token(told(stranger, Role.ADMIN), now=NOW))


async def test_the_key_is_made_once_and_only_its_owner_can_read_it(home: Home) -> None:
    """A later command signs with the same key; the public file holds no private part."""
    token = Issuer(home).token(told(Issuer(home), Role.SYSTEM), now=NOW)
    assert (await read(home, token)).has("system")
    assert stat.S_IMODE(home.issuer_key.stat().st_mode) == 0o600
    (public,) = json.loads(home.jwks.read_text())["keys"]
    assert not {"d", "p", "q", "dp", "dq", "qi"} & set(public)


def test_the_same_person_has_the_same_subject_whichever_way_the_number_was_given(issuer: Issuer) -> None:
    """And the subject does not tell the number."""
    person = citizen(7)
    by_index = claims(invented(Holder(Role.CITIZEN), 7), issuer)
    by_number = told(issuer, Role.CITIZEN, number=person.number)
    assert by_index["sub"] == by_number["sub"]
    assert person.number not in by_index["sub"]


def test_a_citizen_named_by_number_or_document_alone_has_names_too(issuer: Issuer) -> None:
    """A booking needs them; a foreigner's are in Latin letters and without a patronymic."""
    ukrainian = told(issuer, Role.CITIZEN, number=citizen(3).number)
    assert ukrainian["family_name"]
    assert ukrainian["middle_name"]
    foreigner = told(issuer, Role.CITIZEN, document="PL:passport:EA1234567")
    assert foreigner["family_name"].isascii()
    assert "middle_name" not in foreigner
    assert "number" not in foreigner
    assert told(issuer, Role.CITIZEN, document="PL:passport:EA1234567") == foreigner


def test_given_names_are_kept(issuer: Issuer) -> None:
    """What is not given is invented."""
    named = told(issuer, Role.CITIZEN, number=citizen(3).number, family_name="Кобилянська", given_name="Ольга")
    assert (named["family_name"], named["given_name"]) == ("Кобилянська", "Ольга")


def test_a_legal_entity_is_represented_by_an_invented_person(issuer: Issuer) -> None:
    """Its identity is compared at the desk (domain.md §2)."""
    entity = claims(invented(Holder(Role.CITIZEN, edrpou="14360570"), 1), issuer)
    assert entity["edrpou"] == "14360570"
    assert entity["number"] == citizen(1).number


def test_a_desk_implies_its_centre(issuer: Issuer) -> None:
    """`hsc-0741-1` stands in `hsc-0741`."""
    administrator = told(issuer, Role.ADMINISTRATOR, desk="hsc-0741-1")
    assert (administrator["centre"], administrator["desk"]) == ("hsc-0741", "hsc-0741-1")


def test_staff_of_a_centre_need_no_further_option(issuer: Issuer) -> None:
    """The organisation is the centre's."""
    assert told(issuer, Role.TERMINAL, centre="hsc-0741") == {
        "sub": "terminal-hsc-0741", "roles": ["terminal"], "centre": "hsc-0741",
    }  # fmt: skip


def test_without_a_run_the_demo_data_tell_the_organisation_of_a_centre(home: Home) -> None:
    """A manager acts within the own organisation; of an unknown centre nothing is guessed."""
    assert organisation_of("hsc-0741", home) == "hsc"
    assert organisation_of("lublin-bom-main", home) == "lublin-bom"
    assert organisation_of("hsc-9999", home) is None


@pytest.mark.parametrize(
    "options",
    [
        {"number": "1234567890"},
        {"number": "12345"},
        {"edrpou": "12345679"},
        {"document": "PL-EA1234567"},
        {"document": "PL:passport:"},
    ],
)
def test_a_wrong_check_digit_or_document_is_refused(options: dict[str, str]) -> None:
    """Before a token is made that no service takes."""
    with pytest.raises(BadOption):
        check(Holder(Role.CITIZEN, **options))


def test_right_numbers_are_not_refused() -> None:
    """Of every kind."""
    check(Holder(Role.CITIZEN, number=citizen(1).number, edrpou=with_check_digit("1436057")))
    check(Holder(Role.CITIZEN, document="PL:passport:EA1234567"))
