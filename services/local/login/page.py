"""The page "choose a demo person": plain forms, in three languages."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from services.errors import LANGUAGES
from services.language import accepted, choose
from services.local import claims, places
from services.local.issuer import Issuer
from services.local.login import persons
from services.local.login.asked import Asked
from services.local.login.persons import Choice
from services.local.login.texts import NAMES, TEXTS

FOLDER = Path(__file__).parent
STYLE = (FOLDER / "login.css").read_bytes()


class Chooser:
    """Writes the page. `gateway`: whose catalogue names the centres."""

    def __init__(self, issuer: Issuer, *, url: str, gateway: str) -> None:
        self._issuer, self._url, self._gateway = issuer, url, gateway
        loader = FileSystemLoader(FOLDER / "templates")
        self._templates = Environment(loader=loader, autoescape=True, undefined=StrictUndefined, trim_blocks=True)

    def page(self, asked: Asked, *, language: str, centre: str | None, proof: str) -> str:
        """Asks the gateway, so not in the event loop's thread. `proof` comes back with the choice."""
        centres = places.centres(url=self._gateway, language=language)
        key = centre or next((one.id for one in centres), None)
        shown = places.centre(key, url=self._gateway, language=language) if key else None
        return self._render(
            "choose.html",
            language,
            request=asked.kept,
            addresses=_addresses(asked, key),
            languages=NAMES,
            citizens=self._shown(persons.citizens(), language),
            centres=centres,
            centre=shown,
            staff=self._shown(persons.staff(shown) if shown else (), language),
            others=self._shown(persons.others(), language),
            cancel=asked.answer(self._url, error="access_denied"),
            proof=proof,
        )

    def refusal(self, text: str, *, language: str) -> str:
        """`text`: `unknown` or `again`."""
        return self._render("refusal.html", language, text=text)

    def claims(self, key: str, *, centre: str | None) -> dict[str, Any] | None:
        """What a token says about whoever was chosen; None for a button that is not on the page."""
        at = places.centre(centre, url=self._gateway) if centre else None
        holder = persons.chosen(key, at)
        return claims.claims(holder, self._issuer) if holder else None

    def _shown(self, choices: Iterable[Choice], language: str) -> list[Mapping[str, str]]:
        return [self._described(choice, language) for choice in choices]

    def _described(self, choice: Choice, language: str) -> Mapping[str, str]:
        told = claims.claims(choice.holder, self._issuer)
        words = TEXTS[choice.text][language].format_map({**told, "desk": choice.number})
        name = " ".join(told[part] for part in ("given_name", "family_name") if part in told)
        return {"key": choice.key, "name": name or words, "about": words if name else ""}

    def _render(self, template: str, language: str, **values: Any) -> str:
        def t(name: str) -> str:
            return TEXTS[name][language]

        return self._templates.get_template(template).render(language=language, t=t, **values)


def language_of(request: Request) -> str:
    """`lang=` or what the gateway asks for goes before what the browser prefers."""
    wanted = request.query_params.get("ui_locales", "")
    if request.query_params.get("lang") in LANGUAGES or not wanted:
        return choose(request.scope)
    return accepted(wanted.replace(" ", ","))


def _addresses(asked: Asked, centre: str | None) -> dict[str, str]:
    """This page in each language."""
    at = {"centre": centre} if centre else {}
    return {language: urlencode({**asked.kept, **at, "lang": language}) for language in LANGUAGES}
