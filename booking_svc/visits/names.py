"""Names as they are compared at the desk: exact but for spelling that nobody sees (domain.md §2 "The visit").

Folded are case, apostrophes, Latin letters that look like Cyrillic ones, the kinds of hyphens and blanks between the
parts of a double name, and letters written as one character or two (й). Nothing fuzzier.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

APOSTROPHES = "'`\u00b4\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb\u2018\u2019\u201a\u201b\u2032\u2035\uff07"
HYPHENS = "\\-\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u2212\ufe58\ufe63\uff0d"
SEPARATORS = re.compile(rf"[\s{HYPHENS}]+")
LATIN, CYRILLIC = "abcehikmoptxy", "авсенікмортху"
"""Letters that look alike in at least one case: B and В do, and case is folded. Accents stand apart (ï is i and ¨)."""
ALIKE = str.maketrans(LATIN, CYRILLIC) | dict.fromkeys(map(ord, APOSTROPHES), "'")


class Names(NamedTuple):
    family_name: str
    given_name: str
    patronymic: str | None


def folded(name: str) -> str:
    """One spelling of a name, to be compared; not to be shown."""
    visible = "".join(sign for sign in name if unicodedata.category(sign) != "Cf")  # soft hyphens, joiners, marks
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFD", visible).casefold()).translate(ALIKE)
    return SEPARATORS.sub("-", unicodedata.normalize("NFC", letters)).strip("-")


def differing(booked: Names, shown: Names) -> list[str]:
    """The fields that differ; a patronymic that either side leaves out, or writes as a dash, is not compared."""
    pairs = {field: (folded(mine or ""), folded(theirs or "")) for field, mine, theirs in _pairs(booked, shown)}
    if "" in pairs["patronymic"]:
        del pairs["patronymic"]
    return [field for field, (mine, theirs) in pairs.items() if mine != theirs]


def _pairs(booked: Names, shown: Names) -> Iterator[tuple[str, str | None, str | None]]:
    return zip(Names._fields, booked, shown, strict=True)
