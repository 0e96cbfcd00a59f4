"""Who a booking is for: from the caller's token, or as the terminal or the administrator says (api.md "Bookings")."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from booking_svc.bookings.domain import Channel, Identity, NotYourIdentity, check_priority
from booking_svc.bookings.schemas import Applicant
from services.auth import Principal
from services.errors import Forbidden, InvalidRequest
from services.privacy import Privacy, check_edrpou, check_rnokpp, document_number, person


@dataclass(frozen=True, repr=False)
class Person:
    """An applicant as it enters: the identity, the names, the priority. Personal data: never logged, never stored."""

    identity: Identity
    family_name: str
    given_name: str
    patronymic: str | None
    priority: str | None = None

    def names(self) -> bytes:
        """What is sealed in the booking's row."""
        return orjson.dumps([self.family_name, self.given_name, self.patronymic])


@dataclass(frozen=True)
class Keys:
    """The keyed hashes of an identity, newest version first."""

    applicant: list[str]
    person: list[str]


def keys_of(identity: Identity, privacy: Privacy) -> Keys:
    person = privacy.keys(*identity.person)
    return Keys(privacy.keys(*identity.applicant) if identity.edrpou else person, person)


def applicant_of(by: Principal, given: Applicant | None, *, channel: Channel) -> Person:
    """The citizen's own identity, or the one that the staff's request gives."""
    if channel is Channel.ONLINE:
        return _own(by, given)
    if given is None:
        raise InvalidRequest.field("applicant", "needed from a terminal or an administrator")
    check_priority(given.priority, channel=channel, document_shown=given.document_shown)
    return _given(given)


def identity_of(by: Principal) -> Identity:
    """Whom the caller's token identifies. Raises `InvalidRequest` for a wrong check digit, `Forbidden` for nobody."""
    if by.number and not check_rnokpp(by.number):
        raise InvalidRequest.field("number", "the login's number has a wrong check digit")
    if by.edrpou and not check_edrpou(by.edrpou):
        raise InvalidRequest.field("edrpou", "the login's number has a wrong check digit")
    if by.document and by.document.count(":") < 2:
        raise InvalidRequest.field("document", "COUNTRY:TYPE:NUMBER")
    return Identity(_person_of(by.number, by.document), by.edrpou)


def _person_of(number: str | None, document: str | None) -> tuple[str, str]:
    if not number and not document:
        raise Forbidden
    return person(number, document)


def _own(by: Principal, given: Applicant | None) -> Person:
    identity = identity_of(by)
    if given:
        check_priority(given.priority, channel=Channel.ONLINE, document_shown=given.document_shown)
        _ensure_same(by, identity, given)
    family_name = by.family_name or (given.family_name if given else None)
    given_name = by.given_name or (given.given_name if given else None)
    if not family_name or not given_name:
        raise InvalidRequest.field("applicant", "the login gives no name: send it")
    patronymic = by.patronymic if by.family_name or given is None else given.patronymic
    return Person(identity, family_name, given_name, patronymic)


def _ensure_same(by: Principal, identity: Identity, given: Applicant) -> None:
    """Another identity than the token's is refused; names are compared without regard to case."""
    pairs = [
        (given.number, by.number),
        (given.edrpou, by.edrpou),
        (given.document and document_number(str(given.document)), by.document and document_number(by.document)),
        (given.family_name.casefold(), by.family_name and by.family_name.casefold()),
        (given.given_name.casefold(), by.given_name and by.given_name.casefold()),
        (given.patronymic and given.patronymic.casefold(), by.patronymic and by.patronymic.casefold()),
    ]
    nameless = not by.family_name
    if given.kind != identity.kind or any(
        said and said != own and not (nameless and place > 2) for place, (said, own) in enumerate(pairs)
    ):
        raise NotYourIdentity


def _given(given: Applicant) -> Person:
    if (given.kind == "legal_entity") != bool(given.edrpou):
        raise InvalidRequest.field("applicant.edrpou", "needed for a legal entity, and only then")
    if not given.number and not given.document:
        raise InvalidRequest.field("applicant.number", "a number or a document is needed")
    identity = Identity(_person_of(given.number, str(given.document) if given.document else None), given.edrpou)
    return Person(identity, given.family_name, given.given_name, given.patronymic, given.priority)
