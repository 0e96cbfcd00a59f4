"""How people get through the pages: by what they read on them."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

SERVICE, CENTRE = "vehicle-registration", "hsc-0741"
REVIEW, TICKET, OVER = "Check and confirm", "Your visit is booked", "The time on hold ran out"


def heading(page: Page) -> Locator:
    """Says where one is."""
    return page.get_by_role("heading", level=1)


def times_of(day: str = "", *, centre: str = CENTRE, service: str = SERVICE) -> str:
    """The address of the times of a day; without a day, of the calendar."""
    return f"/book/{service}/{centre}" + (f"/{day}" if day else "")


def hold(page: Page, time: str) -> str:
    """On the page of a day: takes that time ("09:20") and gives the booking's id."""
    page.locator("button.time", has_text=time).click()
    expect(heading(page)).to_have_text(REVIEW)
    return page.url.rpartition("/")[2]


def confirm(page: Page) -> int:
    """On the review: gives the number of the ticket."""
    page.get_by_role("button", name="Confirm the booking").click()
    expect(heading(page)).to_have_text(TICKET)
    found = re.search(r"\d+", page.locator(".ticket-number").inner_text())
    assert found
    return int(found[0])
