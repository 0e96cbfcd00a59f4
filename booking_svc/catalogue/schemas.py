"""Bodies of the admin API: parts of the import document. A key that stands in the address may be left out."""

from __future__ import annotations

import datetime as dt
from typing import Any

from pydantic import BaseModel, ValidationError, model_validator

from services.contracts.catalogue import (
    CalendarEntry,
    CentreFields,
    Code,
    DayEntry,
    DeskEntry,
    OrganisationFields,
    Part,
    QueueCode,
    QueueEntry,
    QueueFields,
    ServiceFields,
    Services,
)


class OrganisationPut(OrganisationFields):
    code: Code | None = None


class ServicePut(ServiceFields):
    code: Code | None = None


class CentrePut(CentreFields):
    id: Code | None = None


class DeskPost(DeskEntry):
    centre: Code


class DeskPut(Part):
    centre: Code | None = None
    number: int | None = None
    services: Services


class QueuePost(QueueEntry):
    centre: Code


class QueuePut(QueueFields):
    centre: Code | None = None
    code: QueueCode | None = None


class DayPut(DayEntry):
    date: dt.date | None = None


class DayPost(CalendarEntry):
    """For a centre, or for all centres of an organisation."""

    centre: Code | None = None
    organisation: Code | None = None

    @model_validator(mode="after")
    def one_owner(self) -> DayPost:
        if (self.centre is None) == (self.organisation is None):
            raise ValueError("either `centre` or `organisation`")
        return self


class Counts(BaseModel):
    """Of one kind of part."""

    created: int
    updated: int
    unchanged: int


class Sent(BaseModel):
    """Policies go to quota_svc, in the same transaction, and are in force a moment later."""

    sent: int


class Imported(BaseModel):
    organisations: Counts
    services: Counts
    centres: Counts
    desks: Counts
    queues: Counts
    calendar: Counts
    staff: Counts
    policies: Sent


def invalid_fields(error: ValidationError) -> list[dict[str, str]]:
    """Where and why, as in `centres[3].queues[0].capacity`; never the value that was sent."""
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [
        {"field": path(item["loc"]) or "body", "reason": item["msg"].removeprefix("Value error, ")} for item in found
    ]


def path(place: tuple[Any, ...]) -> str:
    """`("centres", 3, "queues", 0, "capacity")` → `centres[3].queues[0].capacity`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
