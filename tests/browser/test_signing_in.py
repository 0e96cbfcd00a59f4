"""Whoever needs to be somebody signs in by the issuer, comes back to where they were, and can leave again."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.judging import accessible
from tests.browser.signing_in import sign_in
from tests.browser.visiting import Visitor


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_a_citizen_signs_in_and_out(visitor: Visitor, scripts: bool) -> None:
    """And comes back to the page that they came from."""
    page = sign_in(visitor("en", scripts=scripts), "citizen", then="/help")
    expect(page.locator(".person-name")).not_to_be_empty()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_staff_sign_in_as_who_they_are(visitor: Visitor) -> None:
    """The choice of persons is accessible, too."""
    page = visitor("uk")
    page.goto("/login")
    accessible(page)
    sign_in(page, "desk-hsc-0741-1", then="/help")
    expect(page.get_by_role("link", name="Моє робоче місце")).to_have_attribute("href", "/desk/hsc-0741-1")


def test_nobody_else_reads_the_session(visitor: Visitor) -> None:
    """The cookie is for this host, the browser and nobody else: no script can read it."""
    page = sign_in(visitor("en"), "citizen", then="/help")
    held = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("__Host-vizyt")]
    assert held
    assert all(
        (one["httpOnly"], one["secure"], one["sameSite"], one["path"]) == (True, True, "Lax", "/") for one in held
    )
    assert "__Host-vizyt" not in page.evaluate("document.cookie")
