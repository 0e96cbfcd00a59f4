"""A message as it goes out: made of the booking and the catalogue as they are at that moment."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from babel.dates import format_datetime
from sqlalchemy import Row

from booking_svc.catalogue.memory import Catalogue
from booking_svc.messages import texts
from booking_svc.messages.domain import Kind
from booking_svc.messages.links import CancelLinks
from services.context import Context
from services.errors import LANGUAGES
from services.messages import Address, Outgoing


@dataclass(frozen=True)
class Visit:
    """What is said of a visit, in one language."""

    language: str
    service: str
    place: str
    when: str
    ticket: int | None
    documents: tuple[str, ...]


def compose(context: Context, row: Row[Any], address: Address) -> Outgoing:
    """`row`: the booking with `message_id` and `kind`. A mail says all, a short message what is needed."""
    kind, visit = Kind(row.kind), visit_of(context, row)
    link = None if kind is Kind.CANCELLED else context.get(CancelLinks).url(row.id, visit.language)
    lines = letter(kind, visit, link) if address.kind == "email" else note(kind, visit, link)
    text = "\n".join(lines)
    subject = f"{texts.SUBJECT[kind][visit.language]}: {visit.when}"
    return Outgoing(id=str(row.message_id), to=address, language=visit.language, subject=subject, text=text, shown=text)


def visit_of(context: Context, booking: Row[Any], language: str | None = None) -> Visit:
    """In the language of who booked, unless another is given. Raises `LookupError` for an unknown centre or service."""
    catalogue, chosen = context.get(Catalogue), language or booking.language or LANGUAGES[0]
    centre, service = catalogue.centre(booking.centre), catalogue.service(booking.service)
    if centre is None or service is None:
        raise LookupError("a centre or service that is not known")
    return Visit(
        language=chosen,
        service=service.name[chosen],
        place=f"{centre.name[chosen]}, {centre.address[chosen]}",
        when=wall_clock(booking.starts_at.astimezone(centre.zone), chosen),
        ticket=booking.ticket_number,
        documents=tuple(document.name[chosen] for document in service.documents),
    )


def wall_clock(local: datetime, language: str) -> str:
    """`Wednesday, 25 November 2026, 09:20`"""
    return format_datetime(local, "EEEE, d MMMM y, HH:mm", locale=language)


def letter(kind: Kind, visit: Visit, link: str | None) -> Iterator[str]:
    language = visit.language
    yield texts.NEWS[kind][language] if kind in texts.NEWS else f"{texts.SUBJECT[kind][language]}."
    yield ""
    yield f"{texts.WHAT[language]}: {visit.service}"
    yield f"{texts.WHERE[language]}: {visit.place}"
    yield f"{texts.WHEN[language]}: {visit.when}"
    if kind is not Kind.CANCELLED:
        yield from _how_to_come(visit, link)
    yield ""
    yield texts.NOTHING_TO_ANSWER[language]


def _how_to_come(visit: Visit, link: str | None) -> Iterator[str]:
    language = visit.language
    yield f"{texts.TICKET[language]}: {texts.NUMBER[language]} {visit.ticket}"
    if visit.documents:
        yield ""
        yield f"{texts.BRING[language]}:"
        yield from (f"– {document}" for document in visit.documents)
    yield ""
    if link:
        yield f"{texts.CANCEL[language]}:"
        yield link
    else:
        yield texts.CANCEL_WITHOUT_LINK[language]


def note(kind: Kind, visit: Visit, link: str | None) -> Iterator[str]:
    """The same for a telephone, where every line costs."""
    language = visit.language
    yield f"{texts.SUBJECT[kind][language]}: {visit.service}. {visit.place}. {visit.when}."
    if kind is Kind.CANCELLED:
        return
    yield f"{texts.TICKET[language]} {texts.NUMBER[language]} {visit.ticket}."
    if visit.documents:
        yield f"{texts.BRING[language]}: {', '.join(visit.documents)}."
    if link:
        yield f"{texts.CANCEL_SHORT[language]}: {link}"
