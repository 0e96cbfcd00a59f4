"""What the handler of a page is given: who reads it, in which language, and the public API as that person."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from gateway.pages.client import Api
from gateway.pages.drafts import Drafts
from gateway.pages.rendering import Rendering, html
from gateway.pages.sessions import Session
from gateway.pages.texts import texts
from services.clock import Clock
from services.errors import LANGUAGES, Problem
from services.language import choose

LANGUAGE_COOKIE = "vizyt-lang"
LANGUAGE_SECONDS = 365 * 24 * 3600
MAX_FIELDS = 100
SAME_SITE = {"same-origin", "same-site", "none"}


class SignIn(Exception):
    """The page is for people who are signed in."""


class WrongRole(Problem):
    status, code = 403, "wrong_role"
    title = {"uk": "Ця сторінка не для вашої ролі", "en": "Not for your role", "pl": "Nie dla Twojej roli"}
    detail = {
        "uk": "Ви увійшли як {who}. Вийдіть і увійдіть як той, для кого ця сторінка.",
        "en": "You are signed in as {who}. Sign out, and sign in as somebody whom this page is for.",
        "pl": "Zalogowano Cię jako {who}. Wyloguj się i zaloguj jako osoba, dla której jest ta strona.",
    }


class ForeignForm(Problem):
    status, code = 403, "foreign_form"
    title = {"uk": "Форма застаріла", "en": "The form is out of date", "pl": "Formularz jest nieaktualny"}
    detail = {
        "uk": "Форму відкрито до вашого входу або з іншого сайту, тож її не надіслано. Поверніться, оновіть сторінку й "
        "надішліть ще раз.",
        "en": "The form was opened before you signed in, or by another site, so it was not sent. Go back, reload the "
        "page and send it again.",
        "pl": "Formularz otwarto przed zalogowaniem albo z innej strony, więc go nie wysłano. Wróć, odśwież stronę i "
        "wyślij ponownie.",
    }


class Form(dict[str, str]):
    """What was filled in: every field once, trimmed; a field that is empty or was not sent is ''."""

    def __missing__(self, name: str) -> str:
        return ""

    @property
    def key(self) -> str:
        """The Idempotency-Key that was made with the form: sending it twice does nothing twice."""
        return self["key"]


@dataclass
class Page:
    request: Request
    session: Session | None
    api: Api
    rendering: Rendering
    clock: Clock
    drafts: Drafts
    public_url: str | None
    language: str = ""
    key: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    def __post_init__(self) -> None:
        self.language = language_of(self.request)
        self.gettext, self.ngettext = texts(self.language).ugettext, texts(self.language).ungettext

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def path(self) -> str:
        return self.request.url.path

    @property
    def address(self) -> str:
        """Path and query, for coming back to."""
        query = self.request.url.query
        return f"{self.path}?{query}" if query else self.path

    def asked(self, name: str) -> str:
        """A value of the query, trimmed; '' when there is none."""
        return self.request.query_params.get(name, "").strip()

    def given(self, name: str) -> str:
        """A part of the address that the route names."""
        found: str = self.request.path_params[name]
        return found

    def in_language(self, language: str) -> str:
        """This page's address in another language. A form that came back is at an address without its own page."""
        query = [pair for pair in parse_qsl(self.request.url.query) if pair[0] != "lang"]
        return "?" + urlencode([*query, ("lang", language)])

    def public(self, path: str) -> str:
        """The whole address of a page of ours, for a code that a phone reads."""
        return (self.public_url or str(self.request.base_url)).rstrip("/") + path

    def need(self, *roles: str) -> Session:
        """Who is signed in. Raises `SignIn`, or `WrongRole` for somebody else's page."""
        if self.session is None:
            raise SignIn
        if not self.session.has(*roles):
            raise WrongRole(who=self.session.name or ", ".join(sorted(self.session.roles)))
        return self.session

    async def form(self) -> Form:
        """Raises `SignIn`, and `ForeignForm` when it is not our own form in this session."""
        if self.session is None:
            raise SignIn
        form = await self.open_form()
        if not hmac.compare_digest(form["csrf"].encode(), self.session.csrf.encode()):
            raise ForeignForm
        return form

    async def open_form(self) -> Form:
        """A form for everybody. It uses no rights of whoever sends it, so that no secret of a session guards it.

        Raises `ForeignForm` when another site sends it.
        """
        if self.request.headers.get("sec-fetch-site", "none") not in SAME_SITE:
            raise ForeignForm
        async with self.request.form(max_files=0, max_fields=MAX_FIELDS) as sent:
            return Form({name: value.strip() for name, value in sent.items() if isinstance(value, str)})

    def render(self, template: str, *, status: int = 200, **values: Any) -> Response:
        body = self.rendering.text(template, self.language, {"page": self, **values})
        return html(body, self.request, status=status, secret=self.session is not None)

    def go(self, path: str) -> Response:
        """After a form: the browser reads that page, and reloading sends nothing again."""
        return RedirectResponse(path, 303)


def language_of(request: Request) -> str:
    """`?lang=`, else what was chosen before, else what the browser asks for, else Ukrainian."""
    chosen = request.query_params.get("lang") or request.cookies.get(LANGUAGE_COOKIE)
    return chosen if chosen in LANGUAGES else choose(request.scope)


def keep_language(request: Request, response: Response) -> None:
    chosen = request.query_params.get("lang")
    if chosen in LANGUAGES:
        response.set_cookie(LANGUAGE_COOKIE, chosen, max_age=LANGUAGE_SECONDS, httponly=True, samesite="lax")
