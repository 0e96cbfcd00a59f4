"""Templates to pages: one Jinja2 environment per language, and the headers that every page has."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from gateway.pages.assets import Assets
from gateway.pages.formats import Formats
from gateway.pages.texts import texts
from services.errors import LANGUAGES

TEMPLATES = Path(__file__).with_name("templates")
NAMES = {"uk": "Українська", "en": "English", "pl": "Polski"}
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {"content-security-policy": POLICY, "vary": "accept-language, cookie, accept-encoding"}
PACKED_FROM_BYTES = 1000


class Rendering:
    """Gives the text of a template in a language. An undefined name in a template is an error."""

    def __init__(self, assets: Assets) -> None:
        self._environments = {language: _environment(assets, language) for language in LANGUAGES}

    def text(self, template: str, language: str, values: dict[str, Any]) -> str:
        return self._environments[language].get_template(template).render(values)


def _environment(assets: Assets, language: str) -> Environment:
    made = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n", "jinja2.ext.do"],
    )
    made.install_gettext_translations(texts(language), newstyle=True)  # type: ignore[attr-defined]  # the extension's
    made.globals |= {"asset": assets.address, "languages": NAMES, "language": language}
    made.filters |= Formats(language).filters()
    return made


def html(body: str, request: Request, *, status: int, secret: bool) -> Response:
    """`secret`: the page holds something that must not be guessed by the length of what is packed (BREACH)."""
    content, headers = body.encode(), dict(HEADERS)
    wants = "gzip" in request.headers.get("accept-encoding", "")
    if wants and not secret and len(content) >= PACKED_FROM_BYTES:
        content = gzip.compress(content, compresslevel=6, mtime=0)
        headers["content-encoding"] = "gzip"
    return HTMLResponse(content, status, headers)
