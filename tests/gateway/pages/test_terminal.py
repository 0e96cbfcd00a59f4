"""What a visitor has filled in at the terminal, and what is shown when nothing answers."""

from __future__ import annotations

from dataclasses import replace

import pytest
from starlette.responses import Response

from gateway.pages.countries import countries
from gateway.pages.sealing import Seal
from gateway.pages.sessions import Sessions, signed_in
from gateway.pages.terminal.draft import ASKED, Draft, errors_of, first_open, following, screen_of, screens_of
from services.testing import MORNING, Issuer, Stack
from tests.gateway.pages.test_sessions import kept
from tests.gateway.world import fronting

KEYS = "1:" + "44" * 32
TIME = "2027-03-02T09:20:00+02:00"
WHOLE = Draft(
    who="individual",
    service="licence-exchange",
    starts_at=TIME,
    number="1759013776",
    family_name="Мельник",
    given_name="Олена",
)
FOREIGN = replace(WHOLE, by="document", number="", country="PL", type="passport", document="EA 123")


def say(text: str) -> str:
    return text


def wrong(draft: Draft) -> set[str]:
    return {name for screen in screens_of(draft) for name in errors_of(draft, screen, say)}


@pytest.mark.parametrize("draft", [WHOLE, FOREIGN, replace(WHOLE, patronymic="Іванівна")])
def test_a_whole_draft_has_nothing_wrong(draft: Draft) -> None:
    """By number or document, with or without a patronymic."""
    assert wrong(draft) == set()
    assert first_open(draft, "review", say) == "review"


@pytest.mark.parametrize(
    ("changed", "fields"),
    [
        ({"who": ""}, {"who"}),
        ({"who": "nobody"}, {"who"}),
        ({"service": ""}, {"service"}),
        ({"starts_at": "soon"}, {"starts_at"}),
        ({"number": "1759013775"}, {"number"}),
        ({"number": ""}, {"number"}),
        ({"by": "document"}, {"country", "type", "document"}),
        ({"by": "document", "country": "PL", "type": "passport", "document": "PL:1"}, {"document"}),
        ({"who": "legal_entity"}, {"edrpou"}),
        ({"who": "legal_entity", "edrpou": "00032112"}, set()),
        ({"who": "priority"}, {"priority"}),
        ({"who": "priority", "priority": "military"}, set()),
        ({"family_name": "", "given_name": ""}, {"family_name", "given_name"}),
        ({"patronymic": "І" * 101}, {"patronymic"}),
    ],
)
def test_what_is_wrong_is_named_by_its_field(changed: dict[str, str], fields: set[str]) -> None:
    """And the way leads to the screen that asks for it, not past it."""
    draft = replace(WHOLE, **changed)
    assert wrong(draft) == fields
    if fields:
        assert first_open(draft, "review", say) == screen_of(fields)


def test_the_way_asks_for_priority_only_where_it_is_wanted() -> None:
    """One question more."""
    assert "priority" not in screens_of(WHOLE)
    assert following(Draft(who="priority"), "who", say) == "priority"
    assert following(Draft(who="individual"), "who", say) == "service"
    assert first_open(WHOLE, "nowhere", say) == "who"


def test_who_mended_one_thing_is_asked_only_what_is_still_missing() -> None:
    """But another service has other times."""
    assert following(WHOLE, "time", say) == "review"
    assert following(WHOLE, "service", say) == "time"
    assert following(replace(WHOLE, who="legal_entity"), "who", say) == "identity"


def test_every_field_is_asked_once_and_carried_everywhere_else() -> None:
    """Nothing is lost between screens, and no screen sends a field twice."""
    whole = Draft(**dict.fromkeys(Draft().values(), "x"))
    assert sorted(name for asked in ASKED.values() for name in asked) == sorted(whole.values())
    for screen, asked in ASKED.items():
        assert set(whole.carried(screen)) == set(whole.values()) - set(asked)


def test_only_what_belongs_to_the_choice_is_sent() -> None:
    """A number that was typed before the document was chosen stays in the form and goes no further."""
    applicant = replace(FOREIGN, number="1759013776", edrpou="00032112", priority="military").wish("c")["applicant"]
    assert applicant == {
        "kind": "individual",
        "document": {"country": "PL", "type": "passport", "number": "EA 123"},
        "family_name": "Мельник",
        "given_name": "Олена",
    }
    shown = replace(WHOLE, who="priority", priority="military", document_shown="yes").wish("c")["applicant"]
    assert (shown["priority"], shown["document_shown"]) == ("military", True)


def test_a_draft_shows_no_personal_data_in_logs() -> None:
    """Nor does its text."""
    assert "Мельник" not in repr(WHOLE)


@pytest.mark.parametrize(
    ("language", "first", "last"),
    [("uk", "Австралія", "Японія"), ("pl", "Afganistan", "Zjednoczone Emiraty Arabskie")],
)
def test_countries_stand_in_the_order_of_the_alphabet(language: str, first: str, last: str) -> None:
    """Ukrainian І and Polish Ł are letters between others, and the European Union is no country."""
    names = [name for _, name in countries(language)]
    assert (names[0], names[-1]) == (first, last)
    assert 230 < len(names) < 252
    assert not {"EU", "UN", "ZZ"} & set(dict(countries(language)))
    if language == "uk":
        assert names.index("Замбія") < names.index("Ірландія") < names.index("Канада")


async def test_a_terminal_that_reaches_nothing_says_so_and_loses_nothing(stack: Stack, issuer: Issuer) -> None:
    """The start comes back by itself; what was filled in can be sent once more."""
    token = issuer.token("terminal", now=MORNING, centre="hsc-0741")
    session, browser = signed_in(token, expires_at=4_000_000_000), Response()
    Sessions(Seal(KEYS)).save(browser, session)
    cookies = {**kept(browser), "__Host-vizyt-visitor": "seven"}
    headers = {
        "accept": "text/html",
        "accept-language": "en",
        "cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
    }
    sent = {"csrf": session.csrf, "visitor": "seven", "screen": "names", "key": "k", "family_name": "Мельник"}
    async with fronting(stack, NATS_URL="nats://127.0.0.1:9", session_keys=KEYS) as alone:
        start = await alone.get("/terminal/hsc-0741", headers=headers)
        again = await alone.post("/terminal/hsc-0741/book", data=sent, headers=headers)
    assert (start.status_code, again.status_code) == (503, 503)
    assert "tries again by itself" in start.text
    assert '<meta http-equiv="refresh" content="20' in start.text
    assert '<input type="hidden" name="family_name" value="Мельник">' in again.text
    assert "nothing is lost" in again.text
