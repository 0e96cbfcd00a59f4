"""Signing in on the pages of a local run: at its own issuer, which is kept running like everything else."""

from __future__ import annotations

import html
import os
import re
import signal
from collections.abc import Iterator
from typing import Any

import httpx
import pytest


@pytest.fixture
def person(town: Any) -> Iterator[httpx.Client]:
    """A browser, which brings `Secure` cookies of this machine along also without TLS."""

    def bring_cookies(request: httpx.Request) -> None:
        request.headers["cookie"] = "; ".join(f"{one.name}={one.value}" for one in client.cookies.jar)

    headers = {"accept": "text/html", "accept-language": "en"}
    client = httpx.Client(
        base_url=town.url, headers=headers, event_hooks={"request": [bring_cookies]}, trust_env=False, timeout=15
    )
    with client:
        yield client


def choose(person: httpx.Client, who: str, *, centre: str) -> httpx.Response:
    """The whole way; gives the page that it ends at."""
    page = person.get("/login", params={"next": "/help"}, follow_redirects=True)
    fields = dict(re.findall(r'<input type="hidden" name="([^"]*)" value="([^"]*)">', page.text))
    form = {name: html.unescape(value) for name, value in fields.items()} | {"person": who, "centre": centre}
    return person.post(page.url.copy_with(query=None), data=form, follow_redirects=True)


def test_who_signs_in_is_back_on_the_page(town: Any, person: httpx.Client) -> None:
    """Known by name; staff of every centre that the run knows can be chosen."""
    page = choose(person, "citizen-900", centre="")
    assert str(page.url) == f"{town.url}/help"
    assert "person-name" in page.text
    for one in town.anybody().get("centres").json()["items"][:3]:
        assert "person-name" in choose(person, "manager", centre=one["id"]).text


def test_an_issuer_that_is_killed_comes_back(town: Any, person: httpx.Client, eventually: Any) -> None:
    """At the same address; whoever is signed in does not notice."""
    choose(person, "citizen-901", centre="")
    before = town.processes()["issuer"]
    os.kill(before["pid"], signal.SIGKILL)
    assert "person-name" in person.get("/help").text
    after = eventually(lambda: (now := town.processes()["issuer"])["pid"] != before["pid"] and now, seconds=10)
    assert after["port"] == before["port"]
    eventually(lambda: person.get("/login", follow_redirects=True).status_code == 200, seconds=10)
