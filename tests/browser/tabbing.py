"""Going through a page by keyboard alone, and looking at each stop."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Locator, Page

MOST_STOPS = 90
STOP = """() => { // marks of a map have a ring of their own, and lie where the places are
    const one = document.activeElement, box = one.getBoundingClientRect(), style = getComputedStyle(one)
    return {
        what: one.outerHTML.split("\\n")[0].slice(0, 100),
        top: box.top + scrollY, bottom: box.bottom + scrollY, left: box.left,
        marked: one.closest("svg") !== null || style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2,
        seen: box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
        ordered: one.closest("main") !== null && one.closest("svg") === null,
    }
}"""
Stop = dict[str, Any]


def tab_to(page: Page, wanted: Locator) -> None:
    """Fails when it cannot be reached, or when a stop on the way cannot be seen or is out of the reading order."""
    before: Stop | None = None
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        stop: Stop = page.evaluate(STOP)
        assert stop["marked"], f"{page.url}: the focus is not seen on {stop['what']}"
        assert stop["seen"], f"{page.url}: out of sight: {stop['what']}"
        if before and stop["ordered"]:
            assert _follows(before, stop), f"{page.url}: {stop['what']} does not follow {before['what']}"
        before = stop if stop["ordered"] else None
        if wanted.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"{page.url}: not reached in {MOST_STOPS} stops")


def _follows(before: Stop, stop: Stop) -> bool:
    """Further down, or further right in the same line."""
    if stop["top"] >= before["bottom"] - 1:
        return True
    return bool(stop["bottom"] > before["top"] and (stop["left"] > before["left"] or stop["top"] > before["top"]))
