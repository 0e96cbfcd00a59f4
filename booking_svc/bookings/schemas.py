"""Request and response bodies of bookings (api.md "Bookings")."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import (
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

from services.identities import Document, Edrpou, Rnokpp

Code = Annotated[str, StringConstraints(min_length=1, max_length=64)]
"""Looked up, so that whatever is unknown is 404."""
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]


RFC_3339 = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d(:\d\d(\.\d+)?)?([Zz]|[+-]\d\d:\d\d)", re.ASCII)


def only_rfc_3339(value: object) -> object:
    """Pydantic alone would take seconds since 1970 as well."""
    if not isinstance(value, str) or not RFC_3339.fullmatch(value):
        raise ValueError("must be an RFC 3339 time with offset, as in 2026-11-25T09:20:00+02:00")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(only_rfc_3339)]


class Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Applicant(Body):
    """Who the booking is for, as given by a terminal or an administrator."""

    kind: Literal["individual", "legal_entity"]
    number: Rnokpp | None = None
    document: Document | None = None
    edrpou: Edrpou | None = None
    family_name: Name
    given_name: Name
    patronymic: Name | None = None
    priority: Literal["disability", "fallen_defender_family", "military"] | None = None
    document_shown: bool = False


class Contact(Body):
    """Where reminders and news of changes go. Personal data: shown to its owner only."""

    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    phone: Annotated[str, StringConstraints(max_length=40)] | None = None

    @model_validator(mode="after")
    def _one_at_least(self) -> Contact:
        if not self.email and not self.phone:
            raise ValueError("an e-mail address or a telephone number is needed")
        return self


class Wish(Body):
    """`POST /api/v1/bookings`."""

    centre: Code
    service: Code
    starts_at: Moment
    applicant: Applicant | None = None
    contact: Contact | None = None


class ApplicantView(BaseModel):
    kind: str
    family_name: str | None = None
    given_name: str | None = None
    patronymic: str | None = None


class TicketView(BaseModel):
    number: int
    token: str


class QuotaView(BaseModel):
    organisation: str
    channel: str
    limit: int | None
    used: int
    period: str
    renews_at: datetime | None


class QueueView(BaseModel):
    """Where a visitor stands today. The waits are estimates, null where past weeks say too little."""

    ahead: int = Field(description="who are checked in and would be called before")
    wait_p50_seconds: int | None
    wait_p90_seconds: int | None


class BookingView(BaseModel):
    """A booking as its owner sees it; times in the centre's zone."""

    id: UUID
    status: str
    expires_at: datetime | None = Field(description="of a hold: until when it can be confirmed")
    centre: str
    service: str
    organisation: str
    starts_at: datetime
    channel: str
    applicant: ApplicantView
    priority: str | None = None
    quota: QuotaView
    checked_in: bool
    created_at: datetime
    cancelled_by: str | None = None
    ticket: TicketView | None = None
    desk: str | None = Field(None, description="where the visitor is, or was, called to")
    desk_number: int | None = None
    called_at: datetime | None = None
    outcome: str | None = None
    missing_documents: list[dict[str, str]] | None = Field(None, description="by name, in uk, en and pl")
    refused_because: str | None = Field(None, description="the reason and the fields that differ")
    queue: QueueView | None = Field(None, description="of a confirmed booking of today, read by itself")
    contact: Contact | None = Field(default=None, description="shown to its owner only")
    feedback_token: str | None = Field(
        default=None, description="of a visit that is over, for its owner: rates it once, as a real visit"
    )
    movable: bool = Field(False, description="a pause or the centre took its time: it can be moved now; when read")
    cancellable: bool = False


class BookingList(BaseModel):
    items: list[BookingView]
    next: str | None = None


class TicketKeys(BaseModel):
    """A JSON Web Key Set: what a ticket's token is verified with, without a network."""

    keys: list[dict[str, Any]]
