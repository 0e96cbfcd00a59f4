"""The invented persons to choose from."""

from collections.abc import Iterator
from dataclasses import dataclass

from services.local import claims
from services.local.claims import Holder, Role
from services.local.people import CITIZENS, with_check_digit
from services.local.places import Centre

CITIZEN = "citizen-"
SHOWN = (1, 2, 3, 4)
DIRECTOR, COMPANY = 5, with_check_digit("3141592")
PASSPORT = "PL:passport:EB1234567"


@dataclass(frozen=True)
class Choice:
    """`key`: what the page's button sends. `text`: which words of `texts.py` describe the person."""

    key: str
    text: str
    holder: Holder
    number: int = 0


def citizens() -> list[Choice]:
    """Women and men, the head of a company, and a foreigner without a tax number."""
    company = claims.invented(Holder(Role.CITIZEN, edrpou=COMPANY), DIRECTOR)
    return [
        *(Choice(f"{CITIZEN}{index}", "citizen", _citizen(index)) for index in SHOWN),
        Choice("entity", "entity", company),
        Choice("foreigner", "foreigner", Holder(Role.CITIZEN, document=PASSPORT)),
    ]


def staff(centre: Centre) -> list[Choice]:
    """Everybody who works in a centre, and its terminal."""
    at = {"centre": centre.id, "organisation": centre.organisation}
    administrators = (
        Choice(f"desk-{desk.id}", "administrator", Holder(Role.ADMINISTRATOR, desk=desk.id, **at), desk.number)
        for desk in centre.desks
    )
    return [
        Choice("manager", "manager", Holder(Role.MANAGER, **at)),
        *administrators,
        Choice("terminal", "terminal", Holder(Role.TERMINAL, **at)),
    ]


def others() -> list[Choice]:
    """Who belongs to no centre."""
    return [Choice(role.value, role.value, Holder(role)) for role in (Role.ADMIN, Role.ANALYST, Role.SYSTEM)]


def chosen(key: str, centre: Centre | None) -> Holder | None:
    """Who that button is; None for one that is not there."""
    if key.startswith(CITIZEN):
        return _numbered(key.removeprefix(CITIZEN))
    return next((choice.holder for choice in _all(centre) if choice.key == key), None)


def _all(centre: Centre | None) -> Iterator[Choice]:
    yield from citizens()
    yield from others()
    yield from staff(centre) if centre else ()


def _numbered(number: str) -> Holder | None:
    index = int(number) if number.isascii() and number.isdecimal() and len(number) < 12 else 0
    return _citizen(index) if 0 < index < CITIZENS else None


def _citizen(index: int) -> Holder:
    return claims.invented(Holder(Role.CITIZEN), index)
