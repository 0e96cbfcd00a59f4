"""The query that explains itself: what an applicant may book, what counts, when it renews."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from quota_svc.domain import Block, Kind, Organisation, Span, spans, window
from quota_svc.repository import blocking, policies, reading
from quota_svc.repository.reading import Used
from services.auth import Principal
from services.db import Db
from services.errors import Forbidden, InvalidRequest, NotFound
from services.privacy import Privacy, check_edrpou, check_rnokpp, person


class Applicant(NamedTuple):
    """`keys`: the HMAC keys of the identity, newest first."""

    kind: Kind
    keys: list[str]


class Standing(NamedTuple):
    """An applicant's periods with one organisation."""

    organisation: Organisation
    kind: Kind
    spans: list[tuple[Span, Used]]
    block: Block | None


async def standing(db: Db, applicant: Applicant, organisation_code: str, *, now: datetime) -> Standing:
    """Every period that the window of days touches, for each channel. Raises `NotFound` for an organisation."""
    async with db.begin() as session:
        organisation = await policies.organisation_of(session, organisation_code)
        if organisation is None:
            raise NotFound
        rules = [p for p in await policies.find(session, organisation_code) if p.kind is applicant.kind]
        touched = spans(rules, window(organisation, now))
        since = min(span.start for span in touched)
        used = await reading.used(session, applicant.keys, organisation_code, applicant.kind, since=since)
        block = await blocking.newest(session, applicant.keys, organisation_code)
    counts = [(span, used.get((span.channel, span.period, span.start), Used(0, []))) for span in touched]
    return Standing(organisation, applicant.kind, counts, block if block and block.ended_at is None else None)


def applicant_of(who: Principal, privacy: Privacy) -> Applicant:
    """As whom the caller books: a legal entity, a tax number, else a document (domain.md §2). Raises `Forbidden` for
    a caller without any, `InvalidRequest` for a wrong check digit.
    """
    if who.number and not check_rnokpp(who.number):
        raise InvalidRequest.field("number", "the login's number has a wrong check digit")
    if who.edrpou and not check_edrpou(who.edrpou):
        raise InvalidRequest.field("edrpou", "the login's number has a wrong check digit")
    if who.document and who.document.count(":") < 2:
        raise InvalidRequest.field("document", "COUNTRY:TYPE:NUMBER")
    if who.edrpou:
        return Applicant(Kind.LEGAL_ENTITY, privacy.keys("edrpou", who.edrpou))
    if who.number or who.document:
        return _individual(who.number, who.document, privacy)
    raise Forbidden


def visitor(number: str | None, document: str | None, privacy: Privacy) -> Applicant:
    """The individual whom staff name by one of the two. Raises `InvalidRequest` for none or both."""
    if bool(number) == bool(document):
        raise InvalidRequest.field("number", "either a number or a document")
    return _individual(number, document, privacy)


def _individual(number: str | None, document: str | None, privacy: Privacy) -> Applicant:
    return Applicant(Kind.INDIVIDUAL, privacy.keys(*person(number, document)))
