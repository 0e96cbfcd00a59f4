"""The hall: its terminal and its board, over HTTP, without scripts, on a whole local run."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Iterator
from functools import cache
from itertools import count
from typing import Any

import httpx
import pytest
import pytest_asyncio
from starlette.responses import Response

from gateway.pages.sealing import Seal
from gateway.pages.sessions import Sessions, signed_in
from gateway.pages.terminal.draft import ASKED
from services.local.home import Home
from services.local.people import tax_number, with_check_digit
from tests.e2e.local_run import Run, local_runs
from tests.gateway.pages.paper import Forms
from tests.gateway.pages.test_sessions import kept
from tests.gateway.pages.town import browser

pytestmark = pytest.mark.slow
CENTRE, SERVICE = "hsc-0741", "licence-exchange"
BOOK, ARRIVE = f"/terminal/{CENTRE}/book", f"/terminal/{CENTRE}/arrive"
OLENA = {"family_name": "Д’яченко", "given_name": "Олена", "patronymic": "Сергіївна"}
ANYBODY = {"kind": "individual", **OLENA}
EDRPOU = with_check_digit("0003211")
_people = count(40_001)


@pytest.fixture(scope="module")
def town() -> Iterator[Run]:
    """Tuesday, 2 March 2027, 09:00 in Kyiv."""
    with local_runs() as make:
        run = make(VIZYT_CLOCK="2027-03-02T09:00:00+02:00")
        run.start()
        yield run


@cache
def cookies(town: Run, *who: str) -> dict[str, str]:
    """Of somebody who is signed in."""
    keys = json.loads(Home(town.home).secrets_file.read_text())["GATEWAY_SESSION_KEYS"]
    response = Response()
    Sessions(Seal(keys)).save(response, signed_in(town.told("token", *who), expires_at=4_000_000_000))
    return kept(response)


@pytest_asyncio.fixture
async def open_browser(town: Run) -> AsyncIterator[Any]:
    """Opens somebody's browser, and writes down every address that it asks for."""
    opened: list[httpx.AsyncClient] = []

    def open_one(*who: str) -> httpx.AsyncClient:
        client = browser(town.url)
        if who:
            client.cookies.update(cookies(town, *who))
        client.asked = []  # type: ignore[attr-defined]
        client.event_hooks["request"].append(_written_down(client))
        opened.append(client)
        return client

    yield open_one
    for client in opened:
        await client.aclose()


def _written_down(client: Any) -> Any:
    async def write_down(request: httpx.Request) -> None:
        client.asked.append(str(request.url))

    return write_down


@pytest.fixture
def terminal(open_browser: Any) -> Any:
    return open_browser("terminal", "--centre", CENTRE)


def number() -> str:
    """Of somebody whom no other test knows."""
    return tax_number(next(_people), male=False)


async def send(browser: Any, page: httpx.Response, *, lang: str = "", **filled: str) -> httpx.Response:
    """The form on the way, with these fields filled in or these buttons pressed."""
    form = Forms(page.text, form="way")
    address = BOOK + (f"?lang={lang}" if lang else "")
    return await browser.post(address, data={**form.fields, **filled})


async def walk(browser: Any, *, until: str = "review", **filled: str) -> httpx.Response:
    """From the first screen on; every field is filled in on the screen that asks for it."""
    page = await browser.get(BOOK)
    given = {"who": "individual", "service": SERVICE, **OLENA, **filled}
    while (screen := Forms(page.text, form="way").fields["screen"]) != until:
        times = [value for name, value in Forms(page.text, form="way").buttons if name == "starts_at"]
        given |= {"starts_at": times[-1]} if times else {}
        page = await send(browser, page, **{name: given[name] for name in ASKED[screen] if name in given})
        assert page.status_code == 200, page.text
    return page


async def take(browser: Any, review: httpx.Response) -> httpx.Response:
    return await send(browser, review, to="ticket")


def ticket_number(page: httpx.Response) -> int:
    found = re.search(r'<p class="ticket-number">(\d+)</p>', page.text)
    assert found, page.text
    return int(found[1])


WAYS = [
    {"who": "individual"},
    {"who": "individual", "by": "document", "country": "PL", "type": "passport", "document": "EA7654321"},
    {"who": "legal_entity", "edrpou": EDRPOU},
    {"who": "priority", "priority": "military", "document_shown": "yes"},
]


@pytest.mark.parametrize("way", WAYS, ids=["individual", "foreigner", "legal entity", "priority"])
async def test_a_visitor_takes_a_time_for_today(terminal: Any, way: dict[str, str]) -> None:
    """What was filled in is shown before it is sent, stands in no address, and is gone with the ticket."""
    filled = {**way, "number": number()} if way.get("by") != "document" else way
    personal = {*OLENA.values(), *(filled.get(name, "-") for name in ("number", "document", "edrpou"))} - {"-"}
    review = await walk(terminal, **filled)
    assert [value for value in personal if value not in review.text] == []
    assert "compared with your documents" in review.text
    taken = await take(terminal, review)
    assert taken.status_code == 303, taken.text
    ticket = await terminal.get(taken.headers["location"])
    assert (ticket_number(ticket) < 1000) is (way["who"] == "priority")
    assert "Exchange of a driving licence" in ticket.text
    assert "line." in ticket.text
    assert [value for value in personal if value in ticket.text + " ".join(terminal.asked)] == []
    assert ticket.headers["cache-control"] == review.headers["cache-control"] == "no-store"
    again = await take(terminal, review)
    assert (again.status_code, again.headers["location"]) == (303, f"/terminal/{CENTRE}?over=1")
    assert "erased" in (await terminal.get(again.headers["location"])).text


async def test_sending_twice_takes_one_time(terminal: Any) -> None:
    """The same key, the same ticket."""
    review = await walk(terminal, number=number())
    first, second = [await take(terminal, review) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"]


async def test_going_back_and_reading_in_another_language_loses_nothing(terminal: Any) -> None:
    """All is there again, on every screen."""
    own = number()
    review = await walk(terminal, number=own)
    back = await send(terminal, review, to="identity")
    assert Forms(back.text, form="way").fields.items() >= {"number": own, **OLENA}.items()
    polish = await send(terminal, back, to="identity", lang="pl", number="12")
    assert '<html lang="pl"' in polish.text
    assert Forms(polish.text, form="way").fields.items() >= {"number": "12", **OLENA}.items()
    assert polish.status_code == 200


async def test_bad_input_comes_back_with_the_field_named(terminal: Any) -> None:
    """And with what was typed; nobody gets past it."""
    page = await walk(terminal, until="identity")
    wrong = await send(terminal, page, number="1759013775")
    assert wrong.status_code == 422
    assert '<a href="#number">' in wrong.text
    assert re.search(r'id="number"[^>]*value="1759013775"[^>]*aria-invalid="true"', wrong.text)
    past = await send(terminal, wrong, to="review", number="1759013775")
    assert Forms(past.text, form="way").fields["screen"] == "identity"
    sent = await send(terminal, wrong, to="ticket", number="1759013775")
    assert sent.status_code == 422


async def test_priority_needs_its_document(terminal: Any) -> None:
    """The refusal stands at the tick that is missing; with it, the way goes on."""
    review = await walk(terminal, who="priority", priority="disability", number=number())
    refused = await take(terminal, review)
    assert refused.status_code == 403
    assert re.search(r'id="document_shown"[^>]*aria-invalid="true"', refused.text)
    assert Forms(refused.text, form="way").fields["priority"] == "disability"
    shown = await send(terminal, refused, document_shown="yes")
    assert Forms(shown.text, form="way").fields["screen"] == "review"
    assert (await take(terminal, shown)).status_code == 303


async def test_a_refusal_says_why_and_what_next(town: Run, terminal: Any) -> None:
    """The quota and the cool-down, in the language of the visitor."""
    own = number()
    desk = town.caller("terminal", "--centre", CENTRE)
    times = [slot["starts_at"] for slot in town.slots(town.now().date(), service="theory-exam")]
    applicant = {**ANYBODY, "number": own}
    desk.confirmed(times[0], service="theory-exam", applicant=applicant)
    too_soon = await take(terminal, await walk(terminal, number=own, service="theory-exam"))
    assert too_soon.status_code == 409
    assert "Choose another service" in too_soon.text
    for time in times[1:4]:
        desk.confirmed(time, applicant=applicant)
    review = await walk(terminal, number=own)
    used_up = await send(terminal, review, to="ticket", lang="uk")
    assert used_up.status_code == 409
    assert "перевищено ліміт записів" in used_up.text
    assert "використано 4 із 4" in used_up.text
    assert "Онлайн-запис має власний ліміт" in used_up.text


async def test_a_time_that_was_just_taken_leads_to_the_free_ones(town: Run, terminal: Any) -> None:
    """Nothing has to be filled in again."""
    review = await walk(terminal, number=number())
    time = Forms(review.text, form="way").fields["starts_at"]
    desk = town.caller("terminal", "--centre", CENTRE)
    while (held := desk.hold(time, service=SERVICE, applicant={**ANYBODY, "number": number()})).status_code == 201:
        pass
    assert held.json()["code"] == "slot_full"
    full = await take(terminal, review)
    assert full.status_code == 409
    form = Forms(full.text, form="way")
    assert form.fields["screen"] == "time"
    assert ("starts_at", time) not in form.buttons
    assert form.fields["family_name"] == OLENA["family_name"]


async def test_the_start_ends_the_way_of_whoever_was_before(terminal: Any) -> None:
    """But not when script reads the news of the hall meanwhile."""
    for reader, allowed in (("empty", True), ("document", False)):
        page = await terminal.get(BOOK)
        await terminal.get(f"/terminal/{CENTRE}", headers={"sec-fetch-dest": reader})
        assert ((await send(terminal, page, who="individual")).status_code == 200) is allowed


async def test_only_the_terminal_of_the_centre_is_let_in(open_browser: Any) -> None:
    """Others are told who they are; nobody goes to sign in first."""
    stranger = open_browser("terminal", "--centre", "hsc-1841")
    refused = await stranger.get(f"/terminal/{CENTRE}")
    assert refused.status_code == 403
    assert "hsc-1841" in refused.text
    assert (await open_browser("citizen", "--number", number()).get(BOOK)).status_code == 403
    nobody = await open_browser().get(f"/terminal/{CENTRE}")
    assert (nobody.status_code, nobody.headers["location"][:6]) == (303, "/login")


async def test_a_foreign_form_is_not_taken(terminal: Any) -> None:
    """Nor one without the value that belongs to the session."""
    page = await terminal.get(ARRIVE)
    fields = {**Forms(page.text).fields, "token": "x"}
    assert (await terminal.post(ARRIVE, data=fields | {"csrf": "x"})).status_code == 403
    headers = {"sec-fetch-site": "cross-site"}
    assert (await terminal.post(ARRIVE, data=fields, headers=headers)).status_code == 403


async def come(terminal: Any, form: int, **filled: str) -> httpx.Response:
    page = await terminal.get(ARRIVE)
    return await terminal.post(ARRIVE, data={**Forms(page.text, form=form).fields, **filled})


def booked(town: Run, time: str) -> dict[str, Any]:
    return town.citizen().confirmed(time, service=SERVICE)["ticket"]


async def test_who_has_a_booking_checks_in_by_code_or_number(town: Run, terminal: Any) -> None:
    """The ticket comes up, as often as one asks."""
    times = [slot["starts_at"] for slot in town.slots(town.now().date(), service=SERVICE)]
    for form, ticket in enumerate([booked(town, times[0]), booked(town, times[1])]):
        filled = {"token": ticket["token"]} if form == 0 else {"ticket": str(ticket["number"])}
        for _ in range(2):
            answer = await come(terminal, form, **filled)
            assert answer.status_code == 303, answer.text
        page = await terminal.get(answer.headers["location"])
        assert "You are checked in" in page.text
        assert ticket_number(page) == ticket["number"]


async def test_who_cannot_be_checked_in_is_told_why(town: Run, terminal: Any) -> None:
    """A number that is not there, a priority number, another day, nonsense, nothing."""
    coming = booked(town, town.time())
    unknown = await come(terminal, 1, ticket="987654")
    assert (unknown.status_code, "No such ticket today" in unknown.text) == (404, True)
    assert Forms(unknown.text, form=1).fields["ticket"] == "987654"
    apart = await come(terminal, 1, ticket="500", sequence="priority")
    assert "whether it is a priority number" in apart.text
    early = await come(terminal, 0, token=coming["token"])
    assert (early.status_code, "too early" in early.text) == (409, True)
    nonsense = await come(terminal, 0, token="abc")
    assert (nonsense.status_code, "not a ticket of ours" in nonsense.text) == (422, True)
    for form, field in ((0, "token"), (1, "ticket")):
        empty = await come(terminal, form, **{field: ""})
        assert (empty.status_code, f'<a href="#{field}">' in empty.text) == (422, True)
    letters = await come(terminal, 1, ticket="1oo1")
    assert letters.status_code == 422


async def test_a_ticket_of_another_centre_is_not_taken(town: Run, open_browser: Any) -> None:
    """It says so."""
    time = town.slots(town.now().date(), service=SERVICE)[5]["starts_at"]
    elsewhere = open_browser("terminal", "--centre", "hsc-1841")
    address = "/terminal/hsc-1841/arrive"
    fields = Forms((await elsewhere.get(address)).text).fields
    answer = await elsewhere.post(address, data={**fields, "token": booked(town, time)["token"]})
    assert (answer.status_code, "another centre" in answer.text) == (403, True)


HALL = "hsc-5641"


@pytest.fixture(scope="module")
def called(town: Run) -> dict[str, Any]:
    """In a hall of its own: a priority visitor at desk 2, an ordinary one waits."""
    desk = town.caller("terminal", "--centre", HALL)
    time = town.slots(town.now().date(), centre=HALL, service=SERVICE)[0]["starts_at"]
    at = {"centre": HALL, "service": SERVICE}
    preferred = {**ANYBODY, "number": number(), "priority": "military", "document_shown": True}
    desk.confirmed(time, applicant=preferred, **at)
    desk.confirmed(time, applicant={**ANYBODY, "number": number()}, **at)
    return town.caller("administrator", "--desk", f"{HALL}-2").post(f"desks/{HALL}-2/call").json()


async def test_the_board_shows_who_is_called_and_who_waits(open_browser: Any, called: dict[str, Any]) -> None:
    """For everybody, with priority marked, without names, with the way to follow it, and kept by nobody."""
    page = await open_browser().get(f"/board/{HALL}")
    assert page.status_code == 200
    [row] = re.findall(r'<li class="call is-priority" data-ticket.*?</li>', page.text, re.S)
    assert (called["ticket"], re.findall(r"<b[^>]*>(\d+)</b>", row)) == (1, ["1", "2"])
    assert re.search(r'id="ordinary"[^>]*>\s*<li>1000</li>\s*</ol>', page.text)
    assert OLENA["family_name"] not in page.text
    assert '<svg viewBox="0 0' in page.text
    assert '<meta http-equiv="refresh" content="15">' in page.text
    assert page.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("language", "day", "pause"),
    [
        ("uk", "вівторок, 2 березня", "пройдіть до укриття"),
        ("en", "Tuesday, 2 March", "go to the shelter"),
        ("pl", "wtorek, 2 marca", "udaj się do schronu"),
    ],
)
async def test_the_board_reads_in_every_language(open_browser: Any, language: str, day: str, pause: str) -> None:
    """Also what a pause means, of which nothing is to be seen until there is one."""
    page = await open_browser().get(f"/board/hsc-1841?lang={language}")
    assert f'<html lang="{language}"' in page.text
    assert day in page.text
    assert pause in page.text
    assert re.search(r'id="pause"[^>]*hidden', page.text)


async def test_an_alert_is_on_the_board_and_at_the_terminal(town: Run, open_browser: Any) -> None:
    """Until the all-clear."""
    manager = town.caller("manager", "--centre", "hsc-1841", "--organisation", "hsc")
    terminal = open_browser("terminal", "--centre", "hsc-1841")
    assert manager.post("centres/hsc-1841/pause", {"reason": "air_raid"}).status_code == 200
    board = await terminal.get("/board/hsc-1841")
    assert not re.search(r'id="pause"[^>]*hidden', board.text)
    assert re.search(r'data-reason="power" hidden', board.text)
    assert "Air-raid alert" in (await terminal.get("/terminal/hsc-1841")).text
    assert manager.post("centres/hsc-1841/resume").status_code == 200
    assert "Air-raid alert" not in (await terminal.get("/terminal/hsc-1841")).text


async def test_there_is_no_board_where_there_is_no_centre(open_browser: Any) -> None:
    """The page says so."""
    page = await open_browser().get("/board/nowhere")
    assert (page.status_code, "<h1>Not found</h1>" in page.text) == (404, True)
