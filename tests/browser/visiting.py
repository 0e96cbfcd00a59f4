"""Who comes to the pages in tests, and with what in their hands."""

from __future__ import annotations

from collections.abc import Callable

from playwright.sync_api import Page

PHONE, LAPTOP, WALL, KIOSK = (360, 740), (1280, 800), (1920, 1080), (1080, 1920)
LANGUAGES = ("uk", "en", "pl")
PATIENCE_MS = 30_000
"""For a busy machine; a page that is there is seen at once."""
Visitor = Callable[..., Page]
