"""The periods of limits as people name them."""

from __future__ import annotations

from datetime import date

from gateway.pages.formats import Formats
from gateway.pages.page import Page


def period_name(page: Page, period: str) -> str:
    """`2026-11` → November 2026; `2026-11-25` → the day; `2026-W48` → the week from its Monday."""
    formats = Formats(page.language)
    if "W" in period:
        return page.gettext("the week from %(day)s") % {"day": formats.day(date.fromisoformat(period))}
    return formats.month(period + "-01") if len(period) == len("2026-11") else formats.day(period)
