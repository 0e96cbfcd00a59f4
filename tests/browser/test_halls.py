"""The terminal forgets who walked away and hears its scanner; the board speaks and bears a lost line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.judging import accessible
from tests.browser.signing_in import sign_in
from tests.browser.visiting import WALL, Visitor
from tests.e2e.local_run import Run

KIOSK = (1080, 1920)
CENTRE, SERVICE = "hsc-0741", "licence-exchange"
NAMES = {"family_name": "Д’яченко", "given_name": "Олена"}


BEGIN = datetime(2027, 3, 2, 9, tzinfo=UTC)


@pytest.fixture
def terminal(visitor: Visitor) -> Page:
    """Its clock stands still, however slow the machine is."""
    page = visitor("en", size=KIOSK)
    page.clock.set_fixed_time(BEGIN)
    return sign_in(page, "terminal", then=f"/terminal/{CENTRE}?lang=en")


def after(page: Page, seconds: int) -> None:
    """The clock jumps there from where it began."""
    page.clock.set_fixed_time(BEGIN + timedelta(seconds=seconds))
    page.evaluate("watch()")


def filled_in(page: Page) -> None:
    """Up to the names, by the keyboard of a visitor."""
    page.get_by_role("link", name="Take a time for today").click()
    page.get_by_role("button", name="For myself").click()
    page.get_by_role("button", name="Exchange of a driving licence").click()
    page.locator("button[name=starts_at]").last.click()
    for digit in "1759013776":
        page.get_by_role("button", name=digit, exact=True).click()
    page.get_by_role("button", name="Next").click()
    for name, value in NAMES.items():
        page.locator(f"#{name}").fill(value)


def test_who_walks_away_is_asked_and_then_forgotten(terminal: Page) -> None:
    """One key gives more time; without an answer the start comes up, and going back shows nothing of it."""
    filled_in(terminal)
    dialog = terminal.get_by_role("dialog", name="Are you still here?")
    after(terminal, 59)
    expect(dialog).to_be_hidden()
    after(terminal, 60)
    expect(dialog).to_be_visible()
    expect(terminal.get_by_role("button", name="I need more time")).to_be_focused()
    accessible(terminal)
    terminal.keyboard.press("Enter")
    expect(dialog).to_be_hidden()
    expect(terminal.locator("#family_name")).to_have_value(NAMES["family_name"])
    after(terminal, 120)
    after(terminal, 131)
    expect(dialog.get_by_role("status")).to_have_text("Ten seconds left.")
    after(terminal, 140)
    expect(terminal.get_by_role("link", name="Я маю запис")).to_be_visible()
    terminal.go_back()
    terminal.wait_for_load_state()
    assert NAMES["family_name"] not in terminal.content()


def test_a_ticket_leaves_nothing_behind(terminal: Page) -> None:
    """No step of the way is among the pages that the browser remembers."""
    filled_in(terminal)
    terminal.get_by_role("button", name="Next").click()
    expect(terminal.get_by_text("compared with your documents")).to_be_visible()
    terminal.get_by_role("button", name="Take the ticket").click()
    expect(terminal.locator(".ticket-number")).to_be_visible()
    assert NAMES["family_name"] not in terminal.content()
    terminal.go_back()
    terminal.wait_for_load_state()
    assert NAMES["family_name"] not in terminal.content()
    assert terminal.evaluate("JSON.stringify({...localStorage, ...sessionStorage})") == "{}"


def test_a_scanner_is_heard_wherever_the_focus_is(terminal: Page, town: Run) -> None:
    """It types the token and ends with Enter, also after a refusal was read."""
    terminal.get_by_role("link", name="I have a booking").click()
    expect(terminal.get_by_label("The scanner writes here")).to_be_focused()
    terminal.keyboard.type("nonsense\n")
    expect(terminal.get_by_role("alert")).to_be_focused()
    expect(terminal.get_by_role("alert")).to_contain_text("not a ticket of ours")
    time = town.slots(town.now().date(), service=SERVICE)[0]["starts_at"]
    ticket = town.citizen().confirmed(time, service=SERVICE)["ticket"]
    terminal.keyboard.type(ticket["token"] + "\n")
    expect(terminal.get_by_role("heading", level=1)).to_have_text("You are checked in")
    expect(terminal.locator(".ticket-number")).to_have_text(str(ticket["number"]))


def test_a_board_speaks_each_call_and_bears_a_lost_line(visitor: Visitor, town: Run) -> None:
    """A recall is spoken again; without a connection the last state stays, with its time, and comes back by itself."""
    page = visitor("en", size=WALL)
    page.goto("/board/hsc-5641")
    page.get_by_role("button", name="Sound at a call").click()
    expect(page.get_by_role("button", name="Sound at a call")).to_have_attribute("aria-pressed", "true")
    visit = called(town, "hsc-5641")
    spoken = page.locator("#spoken")
    expect(spoken).to_have_text(f"Ticket {visit['ticket']}, desk 1")
    expect(page.locator("#calls .is-new")).to_have_count(1)
    page.evaluate("document.getElementById('spoken').textContent = ''")
    town.caller("administrator", "--desk", "hsc-5641-1").post(f"visits/{visit['id']}/recall")
    expect(spoken).to_have_text(f"Ticket {visit['ticket']}, desk 1")
    page.context.set_offline(True)
    page.evaluate("read()")
    expect(page.locator("#lost")).to_contain_text("Connection lost")
    expect(page.locator("#calls")).to_contain_text(str(visit["ticket"]))
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_empty()


def called(town: Run, centre: str) -> dict[str, Any]:
    """Somebody takes a time at the terminal and is called to desk 1."""
    at = {"centre": centre, "service": SERVICE}
    time = town.slots(town.now().date(), **at)[0]["starts_at"]
    applicant = {"kind": "individual", "number": "1759013776", **NAMES}
    town.caller("terminal", "--centre", centre).confirmed(time, applicant=applicant, **at)
    return town.caller("administrator", "--desk", f"{centre}-1").post(f"desks/{centre}-1/call").json()
