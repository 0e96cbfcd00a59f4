"""Looks at a page as it stands in every way that can keep people out, and goes on: what is wrong is told at the end."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.pofile import read_po
from playwright.sync_api import Page

from gateway import pages
from tests.browser.judging import CONTRAST, RULES, faults
from tests.browser.visiting import LANGUAGES

ZOOMED = {"width": 320, "height": 640}
"""What is left of a small laptop at 200 %, and of a phone at all (WCAG 1.4.10)."""
SMALLEST, KIOSK_SMALLEST = 24, 48
TOO_WIDE = """() => document.documentElement.scrollWidth <= innerWidth ? [] : [...document.querySelectorAll("body *")]
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".scroll"))
    .slice(0, 4).map(one => one.outerHTML.slice(0, 160))"""
TARGETS = "button, .button, input:not(label input), select, textarea, summary, label.option, .kiosk a"
"""Links in running text may be as small as it is; what else is too small or too near, axe finds."""
TOO_SMALL = """([targets, least]) => [...document.querySelectorAll(targets)]
    .filter(one => one.checkVisibility({ visibilityProperty: true }))
    .map(one => [one, one.getBoundingClientRect()])
    .filter(([, box]) => box.right > 0 && box.bottom > 0 && box.width > 1)
    .filter(([, box]) => Math.min(box.width, box.height) < least - 0.5)
    .map(([one, box]) => `${Math.round(box.width)} × ${Math.round(box.height)}: ${one.outerHTML.slice(0, 120)}`)"""
TOLD = """() => {
    const own = document.documentElement.lang, told = [document.title]
    const take = (element) => {
        if (element.matches("script, style, template, svg:not([aria-label])")) return
        if (element.lang && element.lang !== own) return
        for (const name of ["aria-label", "title", "alt", "placeholder"]) told.push(element.getAttribute(name))
        for (const one of element.childNodes) {
            if (one.nodeType === Node.TEXT_NODE) told.push(one.data)
            else if (one.nodeType === Node.ELEMENT_NODE) take(one)
        }
    }
    take(document.body)
    return told.filter(Boolean).map(text => text.split(/\\s+/).join(" ").trim()).filter(Boolean)
}"""
ENGLISH = re.compile(r"\b(the|of|and|is|are|you|your|for|this|with|not|what|when|here|at)\b", re.IGNORECASE)


class Sweep:
    """`faults` is empty as long as nobody is kept out."""

    def __init__(self) -> None:
        self.faults: list[str] = []

    def at(self, page: Page, *addresses: str) -> None:
        """Opens each and looks at it."""
        for address in addresses:
            page.goto(address)
            self.over(page)

    def over(self, page: Page, *, where: str = "") -> None:
        """Light and dark, at its size and at 320 px, and in the page's own language alone."""
        where = f"{where or page.url} {page.locator('html').get_attribute('lang')}"
        before = page.viewport_size
        page.emulate_media(color_scheme="light")
        self._add(f"{where} {before}", faults(page, RULES))
        page.emulate_media(color_scheme="dark")
        self._add(f"{where} in the dark", faults(page, CONTRAST))
        self._sizes(page, where)
        self._words(page, where)

    def _sizes(self, page: Page, where: str) -> None:
        kiosk = page.locator("html.kiosk").count()
        least = KIOSK_SMALLEST if kiosk else SMALLEST
        self._add(f"{where}, too small to hit", page.evaluate(TOO_SMALL, [TARGETS, least]))
        if kiosk or page.locator("html.board").count():
            return  # devices with a screen of their own
        before = page.viewport_size
        page.set_viewport_size(ZOOMED)
        self._add(f"{where}, wider than 320 px", page.evaluate(TOO_WIDE))
        page.set_viewport_size(before or ZOOMED)

    def _words(self, page: Page, where: str) -> None:
        language = page.locator("html").get_attribute("lang")
        if language not in LANGUAGES:
            self.faults.append(f"{where}: no language")
        elif language != "en":
            told: list[str] = page.evaluate(TOLD)
            self._add(f"{where}, English", [text for text in told if text in _msgids(language) or ENGLISH.search(text)])

    def _add(self, where: str, found: list[str]) -> None:
        if found:
            self.faults.append("\n    ".join([f"{where}:", *found]))


@cache
def _msgids(language: str) -> frozenset[str]:
    """The English texts that read otherwise in this language."""
    folder = Path(pages.__file__).parent / "locale" / language
    texts: set[Any] = set()
    for file in folder.glob("*.po"):
        with file.open("rb") as source:
            texts |= {one.id for one in read_po(source, locale=language) if one.id and one.id != one.string}
    return frozenset(text for text in texts if isinstance(text, str))
