"""What a visitor has filled in on the way to a ticket, and what is still wrong with it. Pure.

It lives in the form alone: hidden fields carry it from screen to screen, so that going back loses nothing, and it is
neither stored here nor written into an address.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any

from services.privacy import check_edrpou, check_rnokpp

Say = Callable[[str], str]
Errors = dict[str, str]
"""What to do, by the field that is wrong."""
KINDS = ("individual", "legal_entity", "priority")
DOCUMENTS = ("passport", "id-card", "residence-permit")
PRIORITIES = ("disability", "fallen_defender_family", "military")
ASKED: dict[str, tuple[str, ...]] = {
    "who": ("who",),
    "priority": ("priority", "document_shown"),
    "service": ("service",),
    "time": ("starts_at",),
    "identity": ("edrpou", "by", "number", "country", "type", "document"),
    "names": ("family_name", "given_name", "patronymic"),
    "review": (),
}
"""The screens in their order, and the fields that each shows."""
MAX_NAME, MAX_NUMBER = 100, 40


@dataclass(frozen=True, repr=False)
class Draft:
    """Personal data: never logged."""

    who: str = ""
    service: str = ""
    starts_at: str = ""
    by: str = ""
    number: str = ""
    country: str = ""
    type: str = ""
    document: str = ""
    edrpou: str = ""
    family_name: str = ""
    given_name: str = ""
    patronymic: str = ""
    priority: str = ""
    document_shown: str = ""

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Draft:
        return cls(**{field.name: form.get(field.name, "") for field in fields(cls)})

    def values(self) -> dict[str, str]:
        """As the fields of a form."""
        return asdict(self)

    def carried(self, screen: str) -> dict[str, str]:
        """What the hidden fields of a screen hold: all but what it asks for itself."""
        return {name: value for name, value in self.values().items() if value and name not in ASKED[screen]}

    def wish(self, centre: str) -> dict[str, Any]:
        """The body of `POST /api/v1/bookings`."""
        return {"centre": centre, "service": self.service, "starts_at": self.starts_at, "applicant": self._applicant()}

    def _applicant(self) -> dict[str, Any]:
        entity = self.who == "legal_entity"
        given = {
            "kind": "legal_entity" if entity else "individual",
            "edrpou": self.edrpou if entity else "",
            "number": "" if self.by == "document" else self.number,
            "document": self._document() if self.by == "document" else "",
            "family_name": self.family_name,
            "given_name": self.given_name,
            "patronymic": self.patronymic,
            "priority": self.priority if self.who == "priority" else "",
            "document_shown": self.who == "priority" and bool(self.document_shown),
        }
        return {name: value for name, value in given.items() if value}

    def _document(self) -> dict[str, str]:
        return {"country": self.country, "type": self.type, "number": self.document}


def screens_of(draft: Draft) -> list[str]:
    """The way of this visitor."""
    return [screen for screen in ASKED if screen != "priority" or draft.who == "priority"]


def screen_of(fields: Iterable[str]) -> str:
    """The first screen that shows one of these fields."""
    return next((screen for screen, asked in ASKED.items() if set(asked) & set(fields)), "review")


def errors_of(draft: Draft, screen: str, gettext: Say) -> Errors:
    """What is wrong on this screen; whether a number is right is asked here, all rules of booking at the API."""
    return {name: what for name, what in CHECKS[screen](draft, gettext).items() if what}


def first_open(draft: Draft, wanted: str, gettext: Say) -> str:
    """The wanted screen, or one before it where something is still missing."""
    screens = screens_of(draft)
    if wanted not in screens:
        return "who"
    before = screens[: screens.index(wanted)]
    return next((screen for screen in before if errors_of(draft, screen, gettext)), wanted)


def following(draft: Draft, screen: str, gettext: Say) -> str:
    """After a screen that is filled in: the next one where something is missing. Another service has other times."""
    return first_open(draft, "time" if screen == "service" else "review", gettext)


def _who(draft: Draft, gettext: Say) -> Errors:
    return {"who": "" if draft.who in KINDS else gettext("Choose who the visit is for.")}


def _service(draft: Draft, gettext: Say) -> Errors:
    return {"service": "" if draft.service else gettext("Choose a service.")}


def _time(draft: Draft, gettext: Say) -> Errors:
    return {"starts_at": "" if _is_moment(draft.starts_at) else gettext("Choose a time.")}


def _is_moment(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _priority(draft: Draft, gettext: Say) -> Errors:
    known = draft.priority in PRIORITIES
    return {"priority": "" if known else gettext("Choose what gives you priority.")}


def _identity(draft: Draft, gettext: Say) -> Errors:
    errors = _by_document(draft, gettext) if draft.by == "document" else _by_number(draft, gettext)
    if draft.who == "legal_entity" and not check_edrpou(draft.edrpou):
        wrong = gettext("Enter the 8 digits of the ЄДРПОУ code: one of them is missing or wrong.")
        errors = {"edrpou": wrong, **errors}
    return errors


def _by_number(draft: Draft, gettext: Say) -> Errors:
    right = check_rnokpp(draft.number)
    return {"number": "" if right else gettext("Enter the 10 digits of the РНОКПП: one of them is missing or wrong.")}


def _by_document(draft: Draft, gettext: Say) -> Errors:
    number = draft.document
    fits = 0 < len(number) <= MAX_NUMBER and ":" not in number
    return {
        "country": "" if draft.country else gettext("Choose the country that issued the document."),
        "type": "" if draft.type in DOCUMENTS else gettext("Choose the kind of document."),
        "document": "" if fits else gettext("Enter the number of the document as it is printed there."),
    }


def _names(draft: Draft, gettext: Say) -> Errors:
    long = gettext("This is too long: 100 letters at most.")
    return {
        "family_name": gettext("Enter the family name.") if not draft.family_name else _fits(draft.family_name, long),
        "given_name": gettext("Enter the given name.") if not draft.given_name else _fits(draft.given_name, long),
        "patronymic": _fits(draft.patronymic, long),
    }


def _fits(name: str, too_long: str) -> str:
    return too_long if len(name) > MAX_NAME else ""


def _review(draft: Draft, gettext: Say) -> Errors:
    return {}


CHECKS = {
    "who": _who,
    "priority": _priority,
    "service": _service,
    "time": _time,
    "identity": _identity,
    "names": _names,
    "review": _review,
}
