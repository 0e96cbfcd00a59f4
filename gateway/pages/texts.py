"""The pages' texts: English in templates and code, Ukrainian and Polish in `locale/<language>/*.po`."""

from __future__ import annotations

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

LOCALE = Path(__file__).with_name("locale")


@cache
def texts(language: str) -> NullTranslations:
    """All catalogues of a language as one. They are small enough to be compiled at the start: no build step."""
    found: NullTranslations = NullTranslations()
    for file in sorted((LOCALE / language).glob("*.po")):
        compiled = _compiled(file)
        found = found.merge(compiled) if isinstance(found, Translations) else compiled
    return found


def _compiled(file: Path) -> Translations:
    with file.open("rb") as source:
        catalogue = read_po(source)
    memory = io.BytesIO()
    write_mo(memory, catalogue)
    memory.seek(0)
    return Translations(memory)
