"""The import document and the events that booking_svc tells of it. Owner: booking_svc.

One shape of organisations, services, centres, staff and policies for `./vizyt import`, for the admin API,
which writes parts of it, and for the demo data. Here only the shape is checked (types, formats, ranges); what
the parts have to do with each other is checked by `booking_svc.catalogue.domain`. Unknown fields are refused:
a misspelt name must not be lost in silence.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

from services.contracts import Event, Message
from services.contracts.places import Names

CODE = r"^[a-z0-9]+(?:-[a-z0-9]+)*$"
Code = Annotated[str, StringConstraints(pattern=CODE, max_length=64)]
QueueCode = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9]*(?:-[a-z0-9]+)*$", max_length=32)]
Territory = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{2,19}$")]
"""КАТОТТГ in Ukraine (`UA` and 17 digits), TERYT in Poland."""
Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}$")]
Link = Annotated[str, StringConstraints(pattern=r"^https?://[^\s<>\"]+$", max_length=500)]
ZoneName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z_]+(?:/[A-Za-z0-9_+-]+){0,2}$", max_length=64)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def clock_time(value: object) -> object:
    """YAML 1.1 reads an unquoted 10:00 as the number 600; it is taken for the time that was written."""
    if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 24 * 60:
        return f"{value // 60:02d}:{value % 60:02d}"
    return value


LocalTime = Annotated[
    str, BeforeValidator(clock_time), StringConstraints(pattern=r"^(?:(?:[01]\d|2[0-3]):[0-5]\d|24:00)$")
]
"""Local wall-clock time `HH:MM`; `24:00` is the end of a day."""
DayTime = Annotated[str, BeforeValidator(clock_time), StringConstraints(pattern=r"^(?:[01]\d|2[0-3]):[0-5]\d$")]
Interval = tuple[LocalTime, LocalTime]
Hours = dict[Weekday, list[Interval]]
Services = Annotated[list[Code], Field(min_length=1, max_length=1000)]


class Part(BaseModel):
    """Any part of the document."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Text(Part):
    """A text in the three languages."""

    uk: Words
    en: Words
    pl: Words


def one_text(value: object) -> object:
    """A plain string stands for the same words in every language."""
    return {"uk": value, "en": value, "pl": value} if isinstance(value, str) else value


AnyText = Annotated[Text, BeforeValidator(one_text, json_schema_input_type=Text | str)]


class OrganisationFields(Part):
    name: Text
    time_zone: ZoneName
    window_days: Annotated[int, Field(ge=1, le=365)] = 21
    opens_at: DayTime = "06:00"
    hold_minutes: Annotated[int, Field(ge=1, le=60)] = 5
    grace_minutes: Annotated[int, Field(ge=1, le=240)] = 15
    calls_to_miss: Annotated[int, Field(ge=1, le=10)] = 3
    quiet_from: DayTime = "21:00"
    quiet_until: DayTime = "08:00"
    release_policy: Literal["immediate"] = "immediate"
    retention_days: Annotated[int, Field(ge=1, le=36500)] | None = None


class OrganisationEntry(OrganisationFields):
    code: Code


class NeededDocument(Part):
    """What the visitor brings along."""

    name: Text
    url: Link | None = None


class ServiceFields(Part):
    name: Text
    steps: list[Text] = []
    documents: list[NeededDocument] = []
    online_url: Link | None = None
    duration_minutes: Annotated[int, Field(ge=1, le=1440)]
    open_to_foreigners: bool = True
    cooldown_days: Annotated[int, Field(ge=0, le=3650)] = 0
    visit_kinds: Annotated[list[Literal["desk", "home", "workstation"]], Field(min_length=1)] = ["desk"]


class ServiceEntry(ServiceFields):
    code: Code


class Region(Part):
    code: Territory
    name: AnyText


class InformationPoint(Part):
    """For foreigners: the languages spoken there, and when."""

    languages: Annotated[list[Language], Field(min_length=1)]
    hours: AnyText


class DeskEntry(Part):
    """Its id is `<centre>-<number>`."""

    number: Annotated[int, Field(ge=1, le=9999)]
    services: Services


class QueueFields(Part):
    services: Services
    slot_minutes: Annotated[int, Field(ge=5, le=480)]
    capacity: Annotated[int, Field(ge=1, le=1000)]


class QueueEntry(QueueFields):
    """Desks that share their visitors. Its id is `<centre>-<code>`; `capacity` is visitors at one time."""

    code: QueueCode


class DayEntry(Part):
    """An exception to the weekly hours: closed, or open at other hours."""

    closed: bool = False
    hours: list[Interval] | None = None
    reason: AnyText | None = None

    @model_validator(mode="after")
    def either(self) -> DayEntry:
        if self.closed == bool(self.hours):
            raise ValueError("either `closed: true` or `hours` with at least one interval")
        return self


class CalendarEntry(DayEntry):
    date: dt.date


class OrganisationDayEntry(CalendarEntry):
    """An exception for all centres of an organisation; a centre's own one for the day goes before it."""

    organisation: Code


class CentreFields(Part):
    """`desks`, `queues` and `calendar` are whole lists; one that is left out stays as it is."""

    organisation: Code
    name: Text
    region: Region
    territory: Territory
    address: Text
    latitude: Annotated[float, Field(ge=-90, le=90)]
    longitude: Annotated[float, Field(ge=-180, le=180)]
    time_zone: ZoneName
    languages: Annotated[list[Language], Field(min_length=1)] = ["uk"]
    shelter: bool = False
    information_point: InformationPoint | None = None
    hours: Hours
    calendar: list[CalendarEntry] | None = None
    desks: list[DeskEntry] | None = None
    queues: list[QueueEntry] | None = None


class CentreEntry(CentreFields):
    id: Code


class StaffEntry(Part):
    """`name` is personal data: sealed where it is kept, and no part of any event."""

    id: Code
    organisation: Code
    centre: Code | None = None
    desk: Code | None = None
    role: Literal["terminal", "administrator", "manager", "analyst", "moderator", "officer"]
    name: Words


class PolicyRule(Message):
    """A quota rule in force from `valid_from` to `valid_to`, both included, by the date of the visit.

    `no_show_limit`: so many no-shows in a calendar month close online booking; null: they never do.
    """

    organisation: Code
    applicant: Literal["individual", "legal_entity"]
    channel: Literal["online", "terminal"]
    limit: Annotated[int, Field(ge=0, le=1_000_000)]
    period: Literal["month", "day"]
    cancelled_counts: bool = True
    no_show_limit: Annotated[int, Field(ge=1, le=1000)] | None = None
    valid_from: dt.date
    valid_to: dt.date | None = None


class Policy(PolicyRule):
    """As it is written in the document: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ImportDocument(Part):
    """What is named is created or updated; what is not named stays."""

    organisations: list[OrganisationEntry] = []
    services: list[ServiceEntry] = []
    centres: list[CentreEntry] = []
    calendar: list[OrganisationDayEntry] = []
    staff: list[StaffEntry] = []
    policies: list[Policy] = []


class OrganisationChanged(Event):
    """An organisation was created or changed. `version` grows with every change of the catalogue."""

    subject: ClassVar[str] = "booking.organisation_changed.v1"

    code: str
    time_zone: str
    window_days: int
    opens_at: str
    active: bool = True
    version: int = 0
    name: Names | None = None
    retention_days: int | None = None


class PoliciesImported(Event):
    """Each policy replaces the one of the same organisation, applicant, channel and first day."""

    subject: ClassVar[str] = "booking.policies_imported.v1"

    policies: list[PolicyRule]
