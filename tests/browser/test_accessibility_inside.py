"""What stands in a centre keeps nobody out either: terminal, board, the desk's screen and the manager's."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.people import Citizen
from tests.browser.signing_in import sign_in
from tests.browser.states import BUSY, PAUSED, Day, at_work
from tests.browser.sweeping import Sweep
from tests.browser.visiting import KIOSK, LAPTOP, PHONE, WALL, Visitor
from tests.browser.walking import CENTRE, SERVICE
from tests.e2e.local_run import Run

pytestmark = pytest.mark.slow

DESK = f"/desk/{BUSY}-3"


@pytest.fixture(scope="module")
def day(town: Run, people: Iterator[Citizen]) -> Day:
    return at_work(town, people)


def test_the_terminals_two_ways(visitor: Visitor, day: Day, people: Iterator[Citizen], sweep: Sweep) -> None:
    """Every screen to a ticket, with priority and with what was typed wrongly; and checking in."""
    for language, size in (("pl", KIOSK), ("uk", LAPTOP)):
        page = sign_in(visitor(language, size=size), "terminal", then=f"/terminal/{CENTRE}?lang={language}")
        sweep.over(page)
        page.goto(f"/terminal/{CENTRE}/arrive")
        sweep.over(page)
        page.locator("form:has(#ticket) .actions button").click()
        expect(page.locator("#errors")).to_be_focused()
        sweep.over(page, where="no number")
        page.locator("#ticket").fill("9999")
        page.locator("form:has(#ticket) .actions button").click()
        expect(page.locator("#refusal")).to_be_focused()
        sweep.over(page, where="a number that nobody has")
        page.goto(f"/terminal/{CENTRE}/book")
        for screen in _screens(page, next(people)):
            sweep.over(page, where=f"terminal: {screen}")
    page = sign_in(visitor("uk", size=KIOSK), "terminal", centre=PAUSED, then=f"/terminal/{PAUSED}?lang=uk")
    sweep.over(page, where="terminal in a pause")


def _screens(page: Page, person: Citizen) -> Iterator[str]:
    """The names of the screens to a ticket, each when it is shown."""
    onward = page.locator(".kiosk-actions .button").first
    yield "who"
    page.locator("button[value=priority]").click()
    page.locator("#document_shown").wait_for()
    yield "priority"
    page.locator("input[name=priority]").first.check()
    page.locator("#document_shown").check()
    onward.click()
    page.locator("#service").wait_for()
    yield "service"
    page.locator(f"button[value={SERVICE}]").click()
    page.locator("#starts_at").wait_for()
    yield "time"
    page.locator(".kiosk-time").last.click()
    page.locator("#number").wait_for()
    yield "identity"
    page.locator("#number").fill("123")
    onward.click()
    expect(page.locator("#errors")).to_be_focused()
    yield "identity with an error"
    page.locator("#number").fill(person.document["number"])
    onward.click()
    for name in ("family_name", "given_name", "patronymic"):
        page.locator(f"#{name}").fill(person.document[name])
    yield "names"
    onward.click()
    page.locator(".kiosk-facts").wait_for()
    yield "review"
    onward.click()
    page.locator(".ticket-number").wait_for()
    yield "ticket"


def test_the_board_of_the_hall(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """Calls and a line; a pause; nothing at all. On the wall and on a phone."""
    for language, size in (("uk", WALL), ("pl", PHONE)):
        page = visitor(language, size=size)
        sweep.at(page, f"/board/{BUSY}", f"/board/{PAUSED}", "/board/lutsk-cnap-main")
        expect(page.locator("#calls-none")).to_be_visible()


def test_the_managers_pages(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """At work and in a pause; the times of a day, before and after a part of it is closed."""
    page = sign_in(visitor("uk", size=LAPTOP), "manager", centre=BUSY, then=f"/centre/{BUSY}")
    sweep.over(page)
    times = f"/centre/{BUSY}/day/{day.run.time()[:10]}"
    sweep.at(page, f"/centre/{BUSY}/pause", times, f"{times}?from=16:00&until=17:00&ask=close")
    page.locator("form:has(input[name=step][value=close]) button").click()
    expect(page.locator("main").get_by_role("status")).to_be_focused()
    sweep.over(page, where="times that were closed")
    sweep.at(page, f"{times}?from=16:00&until=17:00&ask=open", f"{times}?from=17:00&until=16:00&ask=close")
    page = sign_in(visitor("pl", size=PHONE), "manager", centre=PAUSED, then=f"/centre/{PAUSED}")
    sweep.over(page)
    sweep.at(page, f"/centre/{PAUSED}/pause", f"/centre/{PAUSED}/unblock")
    sweep.at(sign_in(visitor("pl"), "admin", then="/help"), "/centre")


def test_the_desks_screen_at_each_step(visitor: Visitor, day: Day, people: Iterator[Citizen], sweep: Sweep) -> None:
    """Free, called, typed wrongly, compared, served, finished."""
    page = sign_in(visitor("uk", size=LAPTOP), f"desk-{BUSY}-3", centre=BUSY, then=DESK)
    sweep.over(page, where="a desk that is free")
    for step in _steps(page, day.bookings["waiting"][0]):
        sweep.over(page, where=f"desk: {step}")
    sweep.at(page, f"{DESK}/unblock", f"{DESK}/register", f"{DESK}/register?service={SERVICE}")


def _steps(page: Page, person: Citizen) -> Iterator[str]:
    page.locator("[data-shortcut=KeyN]").click()
    page.locator("#number").wait_for()
    yield "called"
    _typed(page, {**person.document, "number": "123"})
    expect(page.locator("#errors")).to_be_focused()
    yield "an error"
    _typed(page, {**person.document, "given_name": "Інша"})
    page.locator(".is-different").wait_for()
    yield "a difference"
    page.locator("[data-shortcut=KeyT]").click()
    _typed(page, person.document)
    page.locator("[data-shortcut=KeyS]").wait_for()
    yield "no difference"
    page.locator("[data-shortcut=KeyS]").click()
    page.locator("[data-shortcut=KeyF]").wait_for()
    yield "at work"
    page.locator("[data-shortcut=KeyF]").click()
    page.locator(".desk-said").wait_for()
    yield "served"


def _typed(page: Page, document: dict[str, str]) -> None:
    for name, value in document.items():
        page.locator(f"#{name}").fill(value)
    page.locator("form.desk-identity .actions button").click()


def test_desks_that_are_busy_or_paused(visitor: Visitor, day: Day, sweep: Sweep) -> None:
    """On a laptop and on a phone."""
    for desk, language, size in ((f"{BUSY}-1", "pl", PHONE), (f"{BUSY}-2", "pl", LAPTOP), (f"{PAUSED}-1", "uk", PHONE)):
        centre = desk.rpartition("-")[0]
        page = sign_in(visitor(language, size=size), f"desk-{desk}", centre=centre, then=f"/desk/{desk}")
        sweep.over(page)
