"""Which centres there are, for tokens of their staff: as the run's catalogue says, else as the demo data say."""

import json
import urllib.parse
import urllib.request
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any

from services.local.home import DEMO_DOCUMENT, Home

TIMEOUT_SECONDS = 2.0
LANGUAGE = "uk"


@dataclass(frozen=True)
class Desk:
    id: str
    number: int


@dataclass(frozen=True)
class Centre:
    id: str
    name: str
    organisation: str
    desks: tuple[Desk, ...] = ()


def organisation_of(key: str, home: Home) -> str | None:
    """Services scope roles to the organisation. None where nobody knows the centre."""
    from services.local import run_file  # only here: it would double what the issuer's process needs

    run = run_file.read(home)
    found = centre(key, url=run.url if run and run.alive else None)
    return found.organisation if found else None


def centres(*, url: str, language: str) -> list[Centre]:
    """All of them by name, without their desks. `url`: the gateway's."""
    answer = _in_catalogue("centres", url, language)
    items = answer["items"] if answer else _in_demo_data()
    return sorted((_read(item, language) for item in items), key=lambda one: one.name)


def centre(key: str, *, url: str | None, language: str = LANGUAGE) -> Centre | None:
    """One with its desks."""
    path = f"centres/{urllib.parse.quote(key, safe='')}"
    item = _in_catalogue(path, url, language) if url else None
    item = item or next((one for one in _in_demo_data() if one["id"] == key), None)
    return _read(item, language) if item else None


def _in_catalogue(path: str, url: str, language: str) -> dict[str, Any] | None:
    address = f"{url}/api/v1/{path}?lang={language}"
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with suppress(OSError, ValueError), opener.open(address, timeout=TIMEOUT_SECONDS) as answer:
        found: dict[str, Any] = json.load(answer)
        return found
    return None


@cache
def _in_demo_data() -> list[dict[str, Any]]:
    from services.local import marked

    items: list[dict[str, Any]] = marked.read(DEMO_DOCUMENT).content["centres"]
    return items


def _read(item: dict[str, Any], language: str) -> Centre:
    """As the API writes it, or the import document."""
    key, name = str(item["id"]), item["name"]
    desks = (Desk(desk.get("id", f"{key}-{desk['number']}"), desk["number"]) for desk in item.get("desks", ()))
    named = name[language] if isinstance(name, dict) else name
    return Centre(key, named, str(item["organisation"]), tuple(desks))
