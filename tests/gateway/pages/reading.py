"""A browser without JavaScript, as far as it takes: links that are followed, forms that are sent as they stand."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urlsplit

import httpx
from starlette.responses import Response

from gateway.pages.sealing import Seal
from gateway.pages.sessions import Sessions, signed_in
from tests.e2e.local_run import Run

KEYS = "1:" + "44" * 32
"""The `GATEWAY_SESSION_KEYS` of the run: a test seals the cookie of whoever it wants to be."""
NEVER = 2**33


@dataclass
class Form:
    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)
    buttons: list[tuple[str, str, str]] = field(default_factory=list)
    """What stands on it, its name and its value."""


class _Parser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[tuple[str, str]] = []
        self.words: list[str] = []
        self._open: tuple[str, dict[str, str], int] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(given.get("action", ""), given.get("method", "get")))
        elif tag in ("input", "textarea") and self.forms:
            if given.get("type") not in ("radio", "checkbox") or "checked" in given:
                self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag in ("a", "button"):
            self._open = (tag, given, len(self.words))

    def handle_endtag(self, tag: str) -> None:
        if self._open and tag == self._open[0]:
            text = " ".join(" ".join(self.words[self._open[2] :]).split())
            if tag == "a":
                self.links.append((text, self._open[1].get("href", "")))
            elif self.forms:
                self.forms[-1].buttons.append((text, self._open[1].get("name", ""), self._open[1].get("value", "")))
            self._open = None

    def handle_data(self, data: str) -> None:
        self.words.append(data)


class Shown:
    """A page as somebody reads it."""

    def __init__(self, response: httpx.Response) -> None:
        self.response, self.status, self.source = response, response.status_code, response.text
        parser = _Parser()
        parser.feed(re.sub(r"<(svg|script|title)\b.*?</\1>", "", self.source, flags=re.S))
        self.forms, self.links = parser.forms, parser.links
        self.text = " ".join(" ".join(parser.words).split())
        heading = re.search(r"<h1[^>]*>(.*?)</h1>", self.source, re.S)
        self.heading = html.unescape(re.sub(r"<[^>]+>", "", heading[1])).strip() if heading else ""

    @property
    def path(self) -> str:
        return self.response.url.path

    def link(self, text: str) -> str:
        """Where the link with this in its text leads."""
        found = [address for words, address in self.links if text in words]
        assert found, (text, self.links)
        return found[0]

    def to(self, part: str) -> list[str]:
        """The links that have this in their address."""
        return [address for _, address in self.links if part in address]

    def form(self, button: str) -> tuple[Form, tuple[str, str, str]]:
        """The form with a button that has this on it, and the button."""
        found = [(form, one) for form in self.forms for one in form.buttons if button in one[0]]
        assert found, (button, self.forms)
        return found[0]


class Reader:
    """Somebody with a browser; `token` None: not signed in."""

    def __init__(self, run: Run, token: str | None = None, language: str = "en") -> None:
        headers = {"accept": "text/html", "accept-language": language}
        if token:
            headers["cookie"] = cookie(token)
        self._options: dict[str, Any] = {"base_url": run.url, "headers": headers, "timeout": 30, "trust_env": False}

    def send(self, method: str, address: str, *, follow: bool = True, **options: Any) -> httpx.Response:
        """Redirects are followed here, because httpx would leave the cookie behind."""
        with httpx.Client(**self._options, verify=False) as http:
            answer = http.request(method, address, **options)
            while follow and answer.has_redirect_location:
                answer = http.get(answer.url.join(answer.headers["location"]))
        return answer

    def open(self, address: str) -> Shown:
        return Shown(self.send("GET", address))

    def follow(self, shown: Shown, text: str) -> Shown:
        return self.open(str(shown.response.url.join(shown.link(text))))

    def press(self, shown: Shown, button: str, **filled: str) -> Shown:
        """Sends the form with that button; `filled`: what is typed into its fields, or forged."""
        form, (_, name, value) = shown.form(button)
        fields = {**form.fields, **({name: value} if name else {}), **filled}
        address = str(shown.response.url.join(form.action or urlsplit(str(shown.response.url)).path))
        sent = {"params": fields} if form.method == "get" else {"data": fields}
        return Shown(self.send(form.method.upper(), address, **sent))


def cookie(token: str) -> str:
    """The header that a browser would send whose owner signed in."""
    response = Response()
    Sessions(Seal(KEYS)).save(response, signed_in(token, expires_at=NEVER))
    given = [value.decode().split(";")[0] for name, value in response.raw_headers if name == b"set-cookie"]
    return "; ".join(pair for pair in given if not pair.endswith('=""'))
