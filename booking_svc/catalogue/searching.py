"""Finding services by words: all of them occur in the name or the steps, in whatever case and with any apostrophe."""

from __future__ import annotations

from booking_svc.catalogue.domain import Service
from booking_svc.visits.names import APOSTROPHES

WITHOUT_APOSTROPHES = str.maketrans("", "", APOSTROPHES)
MAX_CHARACTERS = 200


def plain(text: str) -> str:
    return text.casefold().translate(WITHOUT_APOSTROPHES)


def matches(one: Service, query: str, language: str) -> bool:
    """Whether every word of the query occurs in the service's texts in that language; none asks for all."""
    text = plain(" ".join([one.name[language], *(step[language] for step in one.steps)]))
    return all(word in text for word in plain(query).split())
