"""Tests in real Chromium, of the real thing: one local run and one browser per file, a new profile for each visitor.

A visitor's page that logs an error, breaks its policy, lacks a file or asks a foreign host fails the test.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import launched
from tests.browser.measuring import Cost, Meter
from tests.browser.people import Citizen, citizens
from tests.browser.sweeping import Sweep
from tests.browser.visiting import PATIENCE_MS, PHONE, Visitor
from tests.browser.watching import Watch
from tests.e2e.local_run import Run, local_runs

expect.set_options(timeout=PATIENCE_MS)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Closed with the file: its event loop would be in the way of other files' asynchronous tests."""
    with launched() as found:
        yield found


@pytest.fixture(scope="module")
def town(browser: Browser) -> Iterator[Run]:
    """This file's run: Tuesday, 2 March 2027, 09:00 in Kyiv, with the demo data. Not started without a browser."""
    with local_runs() as make:
        run = make(VIZYT_CLOCK="2027-03-02T09:00:00+02:00")
        run.start()
        yield run


@pytest.fixture(scope="module")
def people(town: Run) -> Iterator[Citizen]:
    """Citizens whom no other test knows: `next(people)`."""
    return citizens(town)


@pytest.fixture
def visitor(browser: Browser, town: Run) -> Iterator[Visitor]:
    """Opens a page for somebody new: language, size of the window, with or without scripts, light or dark."""
    watch = Watch()

    def arrive(
        language: str = "en", *, size: tuple[int, int] = PHONE, scripts: bool = True, dark: bool = False
    ) -> Page:
        context = browser.new_context(
            base_url=town.url,
            locale=language,
            viewport={"width": size[0], "height": size[1]},
            java_script_enabled=scripts,
            color_scheme="dark" if dark else "light",
            timezone_id="Europe/Kyiv",
        )
        context.set_default_timeout(PATIENCE_MS)
        watch.over(context)
        return context.new_page()

    before = len(browser.contexts)
    yield arrive
    for context in browser.contexts[before:]:
        context.close()
    assert watch.faults == []


@pytest.fixture
def sweep() -> Iterator[Sweep]:
    """Looks at many pages; fails at the end with everything that keeps somebody out."""
    made = Sweep()
    yield made
    assert not made.faults, "\n" + "\n".join(made.faults)


@pytest.fixture
def cost(visitor: Visitor) -> Callable[..., Cost]:
    """What an address costs somebody who comes for the first time."""

    def measured(address: str, **somebody: object) -> Cost:
        page = visitor(**somebody)
        meter = Meter(page.context, page)
        page.goto(address, wait_until="load")
        return meter.read()

    return measured
