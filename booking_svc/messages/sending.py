"""The job that sends what is due: taken under a lease, looked at once more, sent, noted.

A crash between sending and noting sends again when the lease has run out, with the same id, by which mail programs
and providers know a message that they have had.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import structlog
from sqlalchemy import Row

from booking_svc.bookings import contacts
from booking_svc.bookings.domain import Status
from booking_svc.messages import repository
from booking_svc.messages.composing import compose
from booking_svc.messages.domain import Kind, Outcome, Stale, Standing, useful_until, verdict
from booking_svc.messages.planning import night_of
from services import telemetry
from services.context import Context
from services.messages import Address, Messages, NeverTaken, NotSent
from services.messages.pace import STUCK_AFTER, STUCK_ATTEMPTS, again, send_all

log = structlog.get_logger()


async def send_due(context: Context) -> None:
    """The job."""

    async def settle(row: Row[Any], until: datetime) -> None:
        await _settle(context, row, lease=until)

    await send_all(context, repository.lease, settle)


async def _settle(context: Context, row: Row[Any], *, lease: datetime) -> None:
    """Sends it, or notes why not. One that cannot be made does not stop the others."""
    try:
        await _send(context, row, lease=lease)
    except Exception as error:
        log.error("message.failed", id=str(row.message_id), error=telemetry.kind(error), exc_info=error)
        await _not_now(context, row, telemetry.kind(error), lease=lease)


async def _send(context: Context, row: Row[Any], *, lease: datetime) -> None:
    now, night = context.clock.now(), night_of(context, row.centre)
    if night is None:
        raise LookupError("a centre that is not known")
    decided = verdict(Kind(row.kind), row.told_starts_at, _standing(row), now=now, night=night)
    if isinstance(decided, Stale):
        await _end(context, row, Outcome.DROPPED, reason=decided)
    elif decided > now:
        await _postpone(context, row, decided, lease=lease)
    elif (address := _address(context, row)) is None:
        await _end(context, row, Outcome.DROPPED, reason=Stale.NO_ADDRESS)
    else:
        await _hand_over(context, row, address, lease=lease)


async def _hand_over(context: Context, row: Row[Any], address: Address, *, lease: datetime) -> None:
    try:
        await context.get(Messages).send(compose(context, row, address))
    except NeverTaken as refusal:
        await _end(context, row, Outcome.REFUSED, reason=refusal.reason)
    except NotSent as trouble:
        await _not_now(context, row, trouble.reason, lease=lease)
    else:
        await _end(context, row, Outcome.SENT)


def _standing(row: Row[Any]) -> Standing:
    return Standing(
        status=Status(row.status),
        starts_at=row.starts_at,
        checked_in=row.checked_in_at is not None,
        cancelled_by=row.cancelled_by,
        paused=row.paused,
    )


def _address(context: Context, row: Row[Any]) -> Address | None:
    """By e-mail if there is an address and a way, else by telephone number."""
    messages = context.get(Messages)
    contact = contacts.opened(row.contact, row.id, context.privacy)
    if contact and contact.email and messages.reaches("email"):
        return Address("email", contact.email)
    if contact and contact.phone and messages.reaches("phone"):
        return Address("phone", contact.phone)
    return None


async def _not_now(context: Context, row: Row[Any], reason: str, *, lease: datetime) -> None:
    """Again later, while that still helps."""
    attempts = row.attempts + 1
    following = again(attempts, now=context.clock.now())
    if following >= useful_until(Kind(row.kind), row.told_starts_at):
        await _end(context, row, Outcome.GIVEN_UP, reason=reason, attempts=attempts)
    else:
        await _postpone(context, row, following, reason=reason, attempts=attempts, lease=lease)


async def _end(
    context: Context, row: Row[Any], outcome: Outcome, *, reason: str | None = None, attempts: int | None = None
) -> None:
    tried = row.attempts if attempts is None else attempts
    async with context.db.begin() as session:
        now = context.clock.now()
        await repository.end(session, row.message_id, outcome, reason=reason, attempts=tried, now=now)


async def _postpone(
    context: Context,
    row: Row[Any],
    due_at: datetime,
    *,
    reason: str | None = None,
    attempts: int | None = None,
    lease: datetime,
) -> None:
    tried = row.attempts if attempts is None else attempts
    async with context.db.begin() as session:
        await repository.postpone(session, row.message_id, due_at, reason=reason, attempts=tried, lease=lease)


async def check(context: Context) -> list[str]:
    """For `doctor`: what waits longer than it should, what was given up since yesterday."""
    now = context.clock.now()
    async with context.db.begin() as session:
        stuck = await repository.stuck(session, attempts=STUCK_ATTEMPTS, due_before=now - STUCK_AFTER)
        lost = await repository.lost(session, since=now - timedelta(days=1))
    found = []
    if stuck.messages:
        found.append(f"{stuck.messages} messages wait to be sent ({stuck.reason or 'nobody sends'})")
    if lost.messages:
        found.append(f"{lost.messages} messages were given up since yesterday ({lost.reason})")
    return found
