"""Chromium as this system has it, driven by Playwright."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-quic",
]
MISSING = "no Chromium on this machine: install the package `chromium`, or name one in VIZYT_BROWSER"


def find() -> str:
    """The path of Chromium. Without one the test is skipped, or fails where VIZYT_BROWSER_REQUIRED=1."""
    named = os.environ.get("VIZYT_BROWSER")
    found = named or next((path for name in NAMES if (path := shutil.which(name))), None)
    if found and os.access(found, os.X_OK):
        return found
    if os.environ.get("VIZYT_BROWSER_REQUIRED") == "1":
        pytest.fail(MISSING)
    pytest.skip(MISSING)


@contextmanager
def launched() -> Iterator[Browser]:
    """Playwright keeps an event loop of its own in this thread meanwhile: no asynchronous test can run beside it."""
    path = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()
