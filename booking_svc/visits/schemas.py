"""Request and response bodies of the day in the centre (api.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, StringConstraints

from booking_svc.bookings.schemas import Body, Name
from booking_svc.visits.domain import Outcome
from services.identities import Document, Rnokpp

TicketNumber = Annotated[int, Field(strict=True, ge=1, le=2_147_483_647)]
TicketToken = Annotated[str, StringConstraints(min_length=1, max_length=2048)]
DocumentName = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]


class CheckIn(Body):
    """Either the token out of the QR code, or a number of today in the own centre."""

    ticket_token: TicketToken | None = None
    ticket: TicketNumber | None = None
    priority: bool = Field(False, description="the number is one of the priority sequence")


class Shown(Body):
    """What the administrator reads in the document that the visitor shows: a number or a document, and the names."""

    number: Rnokpp | None = None
    document: Document | None = None
    family_name: Name
    given_name: Name
    patronymic: Name | None = None


class Finish(Body):
    """`missing_documents`: names of the service's documents as the catalogue writes them, in any of its languages."""

    outcome: Outcome
    missing_documents: list[DocumentName] = Field([], max_length=20)


class Match(BaseModel):
    match: bool = True


class BookedNames(BaseModel):
    family_name: str
    given_name: str
    patronymic: str | None


class Comparison(BaseModel):
    """What `verify` would find. The number is kept as a keyed hash only: of it there is nothing to show."""

    match: bool
    differs: list[str] = Field(description="names of fields, among them `number` or `document`")
    booked: BookedNames


class VisitView(BaseModel):
    """A visit as the centre's staff sees it: no names. Times in the centre's zone."""

    id: UUID
    visit: UUID = Field(description="the same as `id`: a visit is its booking")
    ticket: int
    status: str
    centre: str
    service: str
    starts_at: datetime
    priority: str | None
    checked_in: bool
    desk: str | None = None
    desk_number: int | None = None
    called_at: datetime | None = None
    calls: int = 0
    verified: bool = False
    started_at: datetime | None = None
    ended_at: datetime | None = None
    outcome: str | None = None
    missing_documents: list[dict[str, str]] | None = None
