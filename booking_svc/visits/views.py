"""A visit as the centre's staff sees it."""

from __future__ import annotations

from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.memory import Catalogue
from booking_svc.day.domain import Entry
from booking_svc.visits.schemas import VisitView
from services.context import Context


def view(context: Context, found: Booking | Entry) -> VisitView:
    catalogue = context.get(Catalogue)
    centre, place = catalogue.centre(found.centre), catalogue.desk(found.desk)
    zone = centre.zone if centre else None
    times = {
        name: moment and moment.astimezone(zone)
        for name in ("starts_at", "called_at", "started_at", "ended_at")
        for moment in (getattr(found, name),)
    }
    return VisitView(
        id=found.id,
        visit=found.id,
        ticket=found.ticket_number,
        status=found.status,
        centre=found.centre,
        service=found.service,
        priority=found.priority,
        checked_in=found.checked_in_at is not None,
        desk=found.desk,
        desk_number=place and place[1].number,
        calls=found.calls,
        verified=found.verified_at is not None,
        outcome=found.outcome,
        missing_documents=found.missing_documents,
        **times,
    )
