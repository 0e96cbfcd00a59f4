"""A booking as its owner sees it, from the row or from the hold that was just made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from booking_svc.board.handlers import place_in_line
from booking_svc.bookings import contacts
from booking_svc.bookings.domain import GIVEN_BACK, Channel, Status, cancellable
from booking_svc.bookings.handlers.events import snapshot
from booking_svc.bookings.handlers.item import Held
from booking_svc.bookings.handlers.reading import is_own
from booking_svc.bookings.repository import Booking
from booking_svc.bookings.schemas import ApplicantView, BookingView, Contact, QueueView, QuotaView, TicketView
from booking_svc.bookings.tickets import Tickets
from booking_svc.catalogue.memory import Catalogue
from booking_svc.moves.handlers import movable
from booking_svc.visits.offers import Offers
from services.auth import Principal
from services.context import Context


def view(context: Context, found: Booking, *, by: Principal) -> BookingView:
    """The whole booking; the names are opened for it and appear nowhere else, the contact for its owner only."""
    catalogue = context.get(Catalogue)
    centre, place = catalogue.centre(found.centre), catalogue.desk(found.desk)
    zone = centre.zone if centre else None
    return BookingView(
        id=found.id,
        status=found.status,
        expires_at=found.expires_at.astimezone(zone) if found.status == Status.HELD else None,
        centre=found.centre,
        service=found.service,
        organisation=found.organisation,
        starts_at=found.starts_at.astimezone(zone),
        channel=found.channel,
        applicant=ApplicantView(kind=found.applicant_kind, **_names(context, found)),
        priority=found.priority,
        quota=QuotaView(**found.quota),
        checked_in=found.checked_in_at is not None,
        created_at=found.created_at.astimezone(zone),
        cancelled_by=found.cancelled_by,
        ticket=ticket_of(context, found),
        desk=found.desk,
        desk_number=place and place[1].number,
        called_at=found.called_at and found.called_at.astimezone(zone),
        outcome=found.outcome,
        missing_documents=found.missing_documents,
        refused_because=found.refused_because,
        contact=_contact(context, found) if found.contact and is_own(found, by, context) else None,
        feedback_token=_feedback_token(context, found, by),
        cancellable=cancellable(snapshot(found), now=context.clock.now()),
    )


async def view_each(context: Context, bookings: Sequence[Booking], *, by: Principal) -> list[BookingView]:
    """With what can be done with them now."""
    moving = await movable(context, bookings)
    shown = [view(context, found, by=by) for found in bookings]
    for one in shown:
        one.movable = one.id in moving
    return shown


async def view_in_line(context: Context, found: Booking, *, by: Principal) -> BookingView:
    """With what can be done with it now, and the place in line of one whose visit is today."""
    (shown,) = await view_each(context, [found], by=by)
    if place := await place_in_line(context, found):
        wait = place.wait
        shown.queue = QueueView(
            ahead=place.ahead,
            wait_p50_seconds=wait and wait.p50_seconds,
            wait_p90_seconds=wait and wait.p90_seconds,
        )
    return shown


def _names(context: Context, found: Booking) -> dict[str, str | None]:
    if found.names is None:
        return {}  # erased after the organisation's retention
    names = orjson.loads(context.privacy.open(found.names, context=found.id.bytes))
    return dict(zip(("family_name", "given_name", "patronymic"), names, strict=True))


def _contact(context: Context, found: Booking) -> Contact | None:
    return contacts.opened(found.contact, found.id, context.privacy)


def _feedback_token(context: Context, found: Booking, by: Principal) -> str | None:
    """Of a visit that is over, for who was there and nobody else."""
    if found.status != Status.FINISHED or not is_own(found, by, context):
        return None
    return context.get(Offers).token(found.id)


def ticket_of(context: Context, found: Booking) -> TicketView | None:
    """Of a visit that is to come, goes on, or is over; a cancelled one has none any more."""
    if found.ticket_number is None or found.status in GIVEN_BACK:
        return None
    token = context.get(Tickets).token(found.id, centre=found.centre, starts_at=found.starts_at)
    return TicketView(number=found.ticket_number, token=token)


def held_bytes(held: Held) -> bytes:
    """The same view of a new hold, straight to JSON: the hot path."""
    item, zone = held.item, held.item.centre.zone
    document: dict[str, Any] = {
        "id": item.booking_id,
        "status": Status.HELD,
        "expires_at": item.expires_at.astimezone(zone),
        "centre": item.centre.id,
        "service": item.service,
        "organisation": item.centre.organisation,
        "starts_at": item.starts_at.astimezone(zone),
        "channel": item.channel,
        "applicant": {
            "kind": item.person.identity.kind,
            "family_name": item.person.family_name,
            "given_name": item.person.given_name,
            "patronymic": item.person.patronymic,
        },
        "priority": item.person.priority,
        "quota": held.quota,
        "checked_in": False,
        "created_at": item.created_at.astimezone(zone),
        "cancelled_by": None,
        "ticket": None,
        **dict.fromkeys(("desk", "desk_number", "called_at", "outcome", "missing_documents", "refused_because")),
        "queue": None,
        "contact": item.contact.model_dump() if item.contact and item.channel is Channel.ONLINE else None,
        "feedback_token": None,
        "movable": False,
        "cancellable": True,
    }
    return orjson.dumps(document)
