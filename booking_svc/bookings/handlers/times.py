"""Which slot a wished time is: asked before a place is held, and before a booking moves."""

from __future__ import annotations

from datetime import datetime

from booking_svc.bookings.domain import Channel, OutsideWindow, check_window
from booking_svc.catalogue.domain import Centre
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.memory import FreeSlots
from booking_svc.slots.timeline import Slot
from booking_svc.slots.views import bookable_until
from services.context import Context
from services.errors import NotFound


def slot_at(
    context: Context, centre: Centre, service: str, starts_at: datetime, *, channel: Channel, now: datetime
) -> Slot:
    """The slot of the queue that gives the service, within the channel's window. Raises `NotFound`, `OutsideWindow`."""
    catalogue = context.get(Catalogue)
    queue = catalogue.queue(centre.id, service)
    if queue is None:
        raise NotFound
    until = bookable_until(catalogue.snapshot, centre, now=now)
    check_window(starts_at, channel=channel, now=now, zone=centre.zone, until=until)
    slot = context.get(FreeSlots).find(queue.id, starts_at)
    if slot is None:
        raise OutsideWindow("no_such_time", until=until)
    return slot
