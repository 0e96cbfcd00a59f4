"""Where people are served: centres and their desks, as booking_svc tells them (events) and answers (requests).

Owner: booking_svc. A state is whole and has a version that grows with every change of the catalogue, so that an older
one that comes late is known as such.
"""

from __future__ import annotations

from typing import ClassVar

from services.contracts import Event, Message, Request


class Names(Message):
    """What something is called, in the three languages."""

    uk: str
    en: str
    pl: str


class Desk(Message):
    """A desk of a centre; one that was taken away stays known, not active."""

    id: str
    desk_number: int
    active: bool = True


class Centre(Message):
    """A centre as it stands. `region` and `territory` are КАТОТТГ or TERYT codes."""

    version: int
    centre: str
    organisation: str
    name: Names
    address: Names
    region: str
    region_name: Names
    territory: str
    time_zone: str
    active: bool = True
    desks: list[Desk]


class CentreChanged(Centre, Event):
    """A centre was created or changed, or a desk of it."""

    subject: ClassVar[str] = "booking.centre_changed.v1"


class Organisation(Message):
    """An organisation as it stands. Personal data is kept for `retention_days`; None: everything is kept."""

    version: int
    code: str
    name: Names
    time_zone: str
    retention_days: int | None
    active: bool = True


class Named(Message):
    """A service of the catalogue by its code; what it is called."""

    version: int
    code: str
    name: Names


class ServiceChanged(Named, Event):
    """A service was created or changed."""

    subject: ClassVar[str] = "booking.service_changed.v1"


class Known(Message):
    """The organisations and services come with the first page. `following`: ask again after this centre; None: that
    was all.
    """

    organisations: list[Organisation]
    centres: list[Centre]
    following: str | None
    services: list[Named] = []


class Places(Request[Known]):
    """All organisations and centres as they stand: for who begins to listen, and for comparison."""

    subject: ClassVar[str] = "booking.places"
    reply: ClassVar[type[Message]] = Known
    after: str | None = None
