"""Every text of the pages is there in every language: what templates and code ask for is what the catalogues hold."""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path

import pytest
from babel.messages import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import read_po

from gateway import pages

FOLDER = Path(pages.__file__).parent
METHODS = [("**.py", "python"), ("templates/**.html", "jinja2")]
OPTIONS = {"templates/**.html": {"extensions": "jinja2.ext.do", "silent": "false"}}
LANGUAGES = ("uk", "pl")
Texts = str | tuple[str, ...] | list[str]


@cache
def asked() -> dict[Texts, str]:
    """Singular, or singular and plural, and where it stands first."""
    found: dict[Texts, str] = {}
    for file, line, text, _, _ in extract_from_dir(FOLDER, METHODS, OPTIONS):
        found.setdefault(text, f"{file}:{line}")
    return found


@cache
def catalogues(language: str) -> tuple[Catalog, ...]:
    return tuple(_read(file, language) for file in sorted((FOLDER / "locale" / language).glob("*.po")))


def _read(file: Path, language: str) -> Catalog:
    with file.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def messages(language: str) -> list[Message]:
    return [message for catalogue in catalogues(language) for message in catalogue if message.id]


def key(message: Message) -> Texts:
    return tuple(message.id) if isinstance(message.id, (list, tuple)) else message.id


def forms(text: Texts) -> list[str]:
    return [text] if isinstance(text, str) else list(text)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_translated(language: str) -> None:
    """In all plural forms, and by a person who was sure."""
    have = {
        key(message)
        for message in messages(language)
        if not message.fuzzy and message.string and all(form.strip() for form in forms(message.string))
    }
    assert {text: place for text, place in asked().items() if text not in have} == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_translation_is_left_over_or_there_twice(language: str) -> None:
    """Of two, nobody could say which is shown."""
    counted = Counter(key(message) for message in messages(language))
    assert [text for text in counted if text not in asked()] == []
    assert [text for text, times in counted.items() if times > 1] == []
    assert [text for catalogue in catalogues(language) for text in catalogue.obsolete] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_translations_name_the_same_values(language: str) -> None:
    """`%(count)s` stays `%(count)s`; only a plural form may leave its number out."""
    wrong = [
        key(message)
        for message in messages(language)
        for form in forms(message.string)
        if _values(form) - {"num"} != _values(forms(message.id)[-1]) - {"num"}
    ]
    assert wrong == []


def _values(text: str) -> set[str]:
    return set(re.findall(r"%\((\w+)\)", text))


@pytest.mark.parametrize("language", LANGUAGES)
def test_plurals_are_those_of_the_language(language: str) -> None:
    """Ukrainian and Polish have one, few and many."""
    rule = get_plural(language)
    for catalogue in catalogues(language):
        assert catalogue.num_plurals == rule.num_plurals
        for message in catalogue:
            assert not message.pluralizable or len(forms(message.string)) == rule.num_plurals, message.id
