"""From rows to values and events."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from booking_svc.bookings.domain import Channel, Snapshot, Status
from booking_svc.bookings.repository import Booking
from services.contracts.booking import BookingEvent

Told = TypeVar("Told", bound=BookingEvent)


def snapshot(found: Booking) -> Snapshot:
    return Snapshot(Status(found.status), found.expires_at, Channel(found.channel))


def event_of(kind: type[Told], found: Booking, *, now: datetime, **more: Any) -> Told:
    """The event with what every booking event says."""
    return kind(
        booking_id=found.id,
        organisation=found.organisation,
        centre=found.centre,
        service=found.service,
        channel=found.channel,
        visit_date=found.visit_date,
        at=now,
        **more,
    )
