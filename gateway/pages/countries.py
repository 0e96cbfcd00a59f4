"""The countries of the world by their two-letter codes, as the reader names and orders them (CLDR, by Babel)."""

from __future__ import annotations

from functools import cache

from babel import Locale

NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
"""Unions, unknown regions and parts of countries that CLDR lists as well."""
ALPHABETS = {
    "uk": "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя",
    "pl": "aąbcćdeęfghijklłmnńoópqrsśtuvwxyzźż",
}


@cache
def countries(language: str) -> list[tuple[str, str]]:
    """Pairs of code and name, in the order of the language's alphabet."""
    names = Locale.parse(language).territories
    real = [(code, name) for code, name in names.items() if _is_country(code)]
    return sorted(real, key=lambda pair: _place(pair[1], ALPHABETS.get(language, "")))


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha() and code not in NO_COUNTRIES


def _place(name: str, alphabet: str) -> list[int]:
    """Letters by their place in the alphabet, all else before them as Unicode has it."""
    letters = name.casefold()
    return [0x10FFFF + alphabet.index(letter) if letter in alphabet else ord(letter) for letter in letters]
