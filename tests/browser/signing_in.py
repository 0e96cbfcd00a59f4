"""The way in, as people go it: the page of a local run lets them choose who they are."""

from __future__ import annotations

from itertools import count
from urllib.parse import quote

from playwright.sync_api import Page

CENTRE = "hsc-0741"
_citizens = count(2001)


def sign_in(page: Page, who: str, *, centre: str = CENTRE, then: str = "/") -> Page:
    """Ends at `then`. `who`: the value of a button of that page ("manager", "desk-hsc-0741-1", "terminal", "entity",
    "foreigner", "admin", …), "citizen-7" for the invented citizen of that number, or "citizen" for one whom no other
    test knows.
    """
    page.goto(f"/login?next={quote(then, safe='')}")
    choose(page, who, centre=centre)
    page.wait_for_url(f"**{then}")
    return page


def choose(page: Page, who: str, *, centre: str = CENTRE) -> None:
    """On the page that asks who to be."""
    if who.startswith("citizen"):
        _, _, number = who.partition("-")
        page.locator("input[name=number]").fill(number or str(next(_citizens)))
        page.locator("input[name=number]").press("Enter")
    else:
        _of_staff(page, who, centre)


def _of_staff(page: Page, who: str, centre: str) -> None:
    chosen = page.locator("select[name=centre]")
    if chosen.input_value() != centre:
        chosen.select_option(centre)
        page.locator("form", has=chosen).get_by_role("button").click()
    page.locator(f"button[name=person][value='{who}']").click()
