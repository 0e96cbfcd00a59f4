"""Arriving: what the first pages weigh, the frame around each, and signing in."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.judging import accessible
from tests.browser.measuring import Cost
from tests.browser.signing_in import sign_in
from tests.browser.visiting import LAPTOP, PHONE, WALL, Visitor
from tests.browser.walking import CENTRE, SERVICE, times_of
from tests.e2e.local_run import Run

pytestmark = pytest.mark.slow

FIRST_PAGE, ANY_PAGE = 50_000, 80_000
"""Bytes that are transferred to somebody who was never here, everything included."""
FILLED = """() => {
    const calls = Array.from({ length: 20 }, (_, n) => ({ ticket: 1000 + n, desk_number: n, called_at: "x", calls: 1 }))
    const waiting = Array.from({ length: 200 }, (_, n) => n < 9 ? n + 1 : 1100 + n)
    const now = document.getElementById("clock").dateTime
    show({ now, paused: { reason: "air_raid" }, waits: [], calls, waiting }, false)
    const page = document.documentElement
    return {
        isFull: !document.getElementById("waiting-more").hidden,
        inHeight: page.scrollHeight <= innerHeight, inWidth: page.scrollWidth <= innerWidth,
    }
}"""
"""Measured at once: the board soon shows again what is true."""
WAY = ["/", "/services/licence-exchange", f"/book/{SERVICE}", times_of(), times_of("2027-03-10"), "/help"]


@pytest.mark.parametrize("address", WAY)
def test_a_page_is_light_and_still(cost: Callable[..., Cost], address: str) -> None:
    """Few requests, nothing that jumps, and nothing that keeps a finger waiting."""
    found = cost(address, size=PHONE)
    assert found.bytes < (FIRST_PAGE if address == "/" else ANY_PAGE)
    assert found.requests <= 6
    assert found.layout_shift < 0.02
    assert found.blocking_ms < 1000, "also on a machine that does much else"


def test_a_wall_shows_a_full_board_without_scrolling(visitor: Visitor) -> None:
    """With more calls and a longer line than it has room for."""
    page = visitor("uk", size=WALL)
    page.goto(f"/board/{CENTRE}")
    fits = page.evaluate(FILLED)
    assert fits == {"isFull": True, "inHeight": True, "inWidth": True}


# The frame


def test_a_language_once_chosen_stays(visitor: Visitor) -> None:
    page = visitor("en")
    page.goto("/help")
    page.get_by_role("navigation", name="Language").locator("a[hreflang=pl]").click()
    expect(page.locator("html")).to_have_attribute("lang", "pl")
    page.goto("/accessibility")
    expect(page.locator("html")).to_have_attribute("lang", "pl")


def test_the_first_stop_of_the_keyboard_leads_to_the_content(visitor: Visitor) -> None:
    page = visitor("en")
    page.goto("/help")
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()


def test_the_ways_are_those_of_who_is_signed_in(visitor: Visitor) -> None:
    """An administrator's desk, a citizen's bookings."""
    page = sign_in(visitor("uk"), "desk-hsc-0741-1", then="/help")
    expect(page.get_by_role("navigation").locator("a[href='/desk/hsc-0741-1']")).to_be_visible()
    accessible(page)
    page = sign_in(visitor("en"), "citizen", then="/help")
    expect(page.get_by_role("navigation").locator("a[href='/bookings']")).to_be_visible()
    assert "__Host-vizyt" not in page.evaluate("document.cookie")


# Signing in: choose who to be, and be it


def name_of(page: Page) -> str:
    """Who is signed in, by the head of the page."""
    return page.locator(".person-name").inner_text()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
@pytest.mark.parametrize("scripts", [True, False])
def test_somebody_chooses_who_to_be_and_is_back_on_the_same_page(
    visitor: Visitor, town: Run, host: str, scripts: bool
) -> None:
    """By either name of the machine, with and without scripts: Chromium keeps `Secure` cookies of both without TLS."""
    page = visitor("en", scripts=scripts)
    page.goto(f"http://{host}:{town.port}/accessibility")
    page.get_by_role("link", name="Sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Choose a demo person")
    page.get_by_role("region", name="Citizens").get_by_role("button").first.click()
    expect(page).to_have_url(f"http://{host}:{town.port}/accessibility")
    assert len(name_of(page).split()) == 2
    cookie = next(item for item in page.context.cookies() if item["name"] == "__Host-vizyt")
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Lax")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()
    assert not [item for item in page.context.cookies() if item["name"].startswith("__Host-")]


def test_the_page_of_demo_persons_is_accessible(visitor: Visitor) -> None:
    """In light and dark, on a phone and a wide screen, in the language that was read before."""
    titles = {"uk": "Оберіть демо-особу", "en": "Choose a demo person", "pl": "Wybierz osobę demo"}
    for language, size, dark in (("uk", PHONE, False), ("en", LAPTOP, True), ("pl", WALL, False)):
        page = visitor(language, size=size, dark=dark)
        page.goto("/login")
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("heading", level=1)).to_have_text(titles[language])
        accessible(page)


def test_staff_of_any_centre_can_be_chosen(visitor: Visitor) -> None:
    """The centre first, then its desk; the keyboard alone is enough for another citizen by number."""
    page = visitor("en")
    page.goto("/login?next=/help")
    page.get_by_label("Centre", exact=True).select_option("lublin-bom-main")
    page.get_by_role("button", name="Show its staff").click()
    page.get_by_role("button", name="Administrator, desk 2").click()
    expect(page).to_have_url(re.compile("/help$"))
    page.goto("/login?next=/help")
    page.get_by_label("Another citizen, by number").fill("77")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/help$"))
    assert len(name_of(page).split()) == 2


def test_who_does_not_log_in_is_told_what_works_without(visitor: Visitor) -> None:
    """And has the way in again."""
    page = visitor("en")
    page.goto("/login")
    page.get_by_role("link", name="Do not log in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("The login was cancelled")
    accessible(page)
