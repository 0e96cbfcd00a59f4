"""What a token of the local issuer says about its holder, from the options of `./vizyt token`."""

import hashlib
import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from services.local.issuer import Issuer
from services.local.people import citizen, foreign_names, ukrainian_names
from services.local.trouble import BadOption
from services.privacy import check_edrpou, check_rnokpp

DESK = re.compile(r"(?P<centre>.+)-\d+")
DOCUMENT = re.compile(r"[A-Za-z]{2}:[\w-]+:[^:\s]+")


class Role(StrEnum):
    """Who a token can be for (design.md §5)."""

    CITIZEN = "citizen"
    TERMINAL = "terminal"
    ADMINISTRATOR = "administrator"
    MANAGER = "manager"
    ANALYST = "analyst"
    MODERATOR = "moderator"
    OFFICER = "officer"
    SYSTEM = "system"
    ADMIN = "admin"


@dataclass(frozen=True)
class Holder:
    """The options; all of them are optional."""

    role: Role
    number: str | None = None
    edrpou: str | None = None
    document: str | None = None
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None
    organisation: str | None = None
    centre: str | None = None
    desk: str | None = None
    officer: str | None = None

    @property
    def anonymous(self) -> bool:
        """Whether nothing says which person it is."""
        return not (self.number or self.document)


def check(holder: Holder) -> None:
    """Refuses numbers with a wrong check digit and documents in another form."""
    if holder.number is not None and not check_rnokpp(holder.number):
        raise BadOption("--number is not a valid РНОКПП: 10 digits, the last one a check digit (--no-check to allow)")
    if holder.edrpou is not None and not check_edrpou(holder.edrpou):
        raise BadOption("--edrpou is not a valid ЄДРПОУ: 8 digits, the last one a check digit (--no-check to allow)")
    if holder.document is not None and not DOCUMENT.fullmatch(holder.document):
        raise BadOption("--document is written COUNTRY:TYPE:NUMBER, for example PL:passport:EA1234567")


def invented(holder: Holder, index: int) -> Holder:
    """The holder as the invented citizen of that index, as far as the options leave it open."""
    person = citizen(index)
    return replace(
        holder,
        number=person.number,
        family_name=holder.family_name or person.family_name,
        given_name=holder.given_name or person.given_name,
        patronymic=person.patronymic if holder.patronymic is None else holder.patronymic,
    )


def claims(holder: Holder, issuer: Issuer) -> dict[str, Any]:
    """The token's claims, without issuer and times. Empty options leave no claim."""
    holder = _named(placed(holder))
    fields = {
        "sub": _subject(holder, issuer),
        "roles": [holder.role.value],
        "number": holder.number,
        "edrpou": holder.edrpou,
        "document": holder.document,
        "family_name": holder.family_name,
        "given_name": holder.given_name,
        "middle_name": holder.patronymic,
        "organisation": holder.organisation,
        "centre": holder.centre,
        "desk": holder.desk,
        "officer": holder.officer,
    }
    return {name: value for name, value in fields.items() if value}


def placed(holder: Holder) -> Holder:
    """A desk is in its centre: `hsc-0741-1` in `hsc-0741`."""
    match = DESK.fullmatch(holder.desk or "")
    return replace(holder, centre=match["centre"]) if match and not holder.centre else holder


def _named(holder: Holder) -> Holder:
    """A citizen given by number or document alone gets names too, always the same ones."""
    if holder.role is not Role.CITIZEN or (holder.family_name and holder.given_name):
        return holder
    index = int.from_bytes(hashlib.sha256(_identity(holder).encode()).digest()[:4], "big")
    number = holder.number or ""
    foreign = not number and not (holder.document or "").startswith("UA:")
    names = foreign_names(index) if foreign else ukrainian_names(index, male=number[8:9] in set("13579"))
    given_patronymic = holder.patronymic is not None
    return replace(
        holder,
        family_name=holder.family_name or names.family_name,
        given_name=holder.given_name or names.given_name,
        patronymic=holder.patronymic if given_patronymic else names.patronymic,
    )


def _identity(holder: Holder) -> str:
    return holder.number or holder.document or ""


def _subject(holder: Holder, issuer: Issuer) -> str:
    if holder.role is Role.CITIZEN:
        return f"citizen-{issuer.subject(_identity(holder))}"
    place = holder.officer or holder.desk or holder.centre or holder.organisation
    return f"{holder.role.value}-{place}" if place else holder.role.value
