"""The way in, as people go it: the page of a local run lets them choose who they are."""

from __future__ import annotations

from itertools import count
from urllib.parse import quote

from playwright.sync_api import Page

CENTRE = "hsc-0741"
_citizens = count(2001)


def sign_in(page: Page, who: str, *, centre: str = CENTRE, then: str = "/") -> Page:
    """Ends at `then`. `who`: the value of a button of that page ("manager", "desk-hsc-0741-1", "terminal", "entity",
    "foreigner", "admin", …), or "citizen" for somebody whom no other test knows.
    """
    page.goto(f"/login?next={quote(then, safe='')}")
    if who == "citizen":
        page.locator("input[name=number]").fill(str(next(_citizens)))
        page.locator("input[name=number]").press("Enter")
    else:
        _choose(page, who, centre)
    page.wait_for_url(f"**{then}")
    return page


def _choose(page: Page, who: str, centre: str) -> None:
    chosen = page.locator("select[name=centre]")
    if chosen.input_value() != centre:
        chosen.select_option(centre)
        page.locator("form", has=chosen).get_by_role("button").click()
    page.locator(f"button[name=person][value='{who}']").click()
