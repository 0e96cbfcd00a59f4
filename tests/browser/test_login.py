"""Signing in, as people do it in a local run: choose who to be, and be it."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.judging import accessible
from tests.browser.visiting import LAPTOP, PHONE, WALL, Visitor
from tests.e2e.local_run import Run


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
