"""A browser without scripts, as far as forms go: what a page's form holds is what is sent."""

from __future__ import annotations

from html.parser import HTMLParser

UNSENT = {"submit", "button", "reset"}


class Forms(HTMLParser):
    """`fields`: name -> value of the form with this id, or of the n-th; `buttons` of the same form: (name, value)."""

    def __init__(self, text: str, *, form: str | int = 0) -> None:
        super().__init__()
        self._wanted, self._count, self._inside, self._list = form, -1, False, ""
        self.fields: dict[str, str] = {}
        self.buttons: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._count += 1
            self._inside = self._wanted in (self._count, given.get("id"))
        elif self._inside:
            self._take(tag, given)

    def _take(self, tag: str, given: dict[str, str]) -> None:
        name = given.get("name", "")
        kind = given.get("type", "text")
        if tag == "button" and name:
            self.buttons.append((name, given.get("value", "")))
        elif tag == "select":
            self._list = name
            self.fields.setdefault(name, "")
        elif tag == "option" and "selected" in given:
            self.fields[self._list] = given["value"]
        elif tag == "input" and kind not in UNSENT and (kind not in ("radio", "checkbox") or "checked" in given):
            self.fields[name] = given.get("value", "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
