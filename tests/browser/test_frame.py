"""Every page stands in the same frame, which itself is accessible, light and within its policy."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.judging import accessible
from tests.browser.measuring import Cost
from tests.browser.signing_in import sign_in
from tests.browser.visiting import LAPTOP, PHONE, WALL, Visitor

QUIET = ["/help", "/accessibility", "/nothing-here"]


@pytest.mark.parametrize("address", QUIET)
def test_pages_for_reading_are_accessible(visitor: Visitor, address: str) -> None:
    """In light and dark, on a phone and a wide screen, in each language; one heading says where one is."""
    for language, size, dark in (("uk", PHONE, False), ("en", LAPTOP, True), ("pl", WALL, False)):
        page = visitor(language, size=size, dark=dark)
        page.goto(address)
        expect(page.locator("html")).to_have_attribute("lang", language)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        accessible(page)


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


def test_a_page_for_reading_is_light_and_still(cost: Callable[..., Cost]) -> None:
    """Under 50 KB into an empty cache, and nothing jumps."""
    found = cost("/help", size=PHONE)
    assert found.bytes < 50_000
    assert found.requests <= 6
    assert found.layout_shift < 0.01
