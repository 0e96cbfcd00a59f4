"""What the link in a message can do: look at the booking, and cancel it as its applicant."""

from __future__ import annotations

from typing import NamedTuple

from booking_svc.bookings import domain, repository
from booking_svc.bookings.domain import AlreadyCancelled, HoldExpired
from booking_svc.bookings.handlers.ending import cancel_as_applicant
from booking_svc.bookings.handlers.events import snapshot
from booking_svc.bookings.repository import Booking
from booking_svc.messages.domain import State
from booking_svc.messages.links import CancelLinks
from services.context import Context
from services.errors import IllegalTransition, NotFound


class Seen(NamedTuple):
    """`booking`: where there is something to show."""

    state: State
    booking: Booking | None = None


async def look(context: Context, token: str) -> Seen:
    """What the link can still do. Changes nothing."""
    booking_id = context.get(CancelLinks).booking_id(token)
    if booking_id is None:
        return Seen(State.BAD_LINK)
    async with context.db.begin() as session:
        found = await repository.get(session, booking_id)
    if found is None:
        return Seen(State.BAD_LINK)
    try:
        domain.cancel(snapshot(found), now=context.clock.now())
    except AlreadyCancelled:
        return Seen(State.ALREADY)
    except (HoldExpired, IllegalTransition):
        return Seen(State.TOO_LATE)
    return Seen(State.OFFER, found)


async def cancel(context: Context, token: str) -> Seen:
    """Cancels as the applicant would: by the same rule, with the same effect on the quota."""
    booking_id = context.get(CancelLinks).booking_id(token)
    if booking_id is None:
        return Seen(State.BAD_LINK)
    try:
        return Seen(State.CANCELLED, await cancel_as_applicant(context, booking_id))
    except NotFound:
        return Seen(State.BAD_LINK)
    except AlreadyCancelled:
        return Seen(State.ALREADY)
    except (HoldExpired, IllegalTransition):
        return Seen(State.TOO_LATE)
