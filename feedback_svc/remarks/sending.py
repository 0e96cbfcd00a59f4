"""The job that sends answers: taken under a lease, sent, noted.

A crash between sending and noting sends again when the lease has run out, with the same id, by which mail programs and
providers know a message that they have had.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from babel.dates import format_date
from sqlalchemy import Row

from feedback_svc import contacts, words
from feedback_svc.remarks import repository, texts
from feedback_svc.remarks.telling import wake
from services import telemetry
from services.context import Context
from services.messages import Address, Messages, NeverTaken, NotSent, Outgoing
from services.messages.pace import STUCK_AFTER, STUCK_ATTEMPTS, again, send_all

log = structlog.get_logger()
USEFUL_FOR = timedelta(days=7)


async def send_due(context: Context) -> None:
    """The job."""

    async def settle(row: Row[Any], until: datetime) -> None:
        await _settle(context, row, lease=until)

    await send_all(context, repository.lease, settle)


async def _settle(context: Context, row: Row[Any], *, lease: datetime) -> None:
    """Sends it, or notes why not. One that cannot be made does not stop the others."""
    try:
        await _send(context, row)
    except NeverTaken as refusal:
        await _end(context, row, "refused", reason=refusal.reason)
    except NotSent as trouble:
        await _not_now(context, row, trouble.reason, lease=lease)
    except Exception as error:
        log.error("answer.failed", id=str(row.message_id), error=telemetry.kind(error), exc_info=error)
        await _not_now(context, row, telemetry.kind(error), lease=lease)


async def _send(context: Context, row: Row[Any]) -> None:
    address = contacts.opened(row.contact, row.contact_kind, row.id, context.privacy)
    answer = words.open_answer(row.answer, row.id, context.privacy)
    if address is None or answer is None or not context.get(Messages).reaches(address.kind):
        await _end(context, row, "dropped", reason="no_address")
        return
    await context.get(Messages).send(compose(row, address, answer))
    await _end(context, row, "sent", reason=None)


def compose(row: Row[Any], address: Address, answer: str) -> Outgoing:
    """In the language in which the visitor was asked. Staff may have named somebody: a local log does not show that."""
    language, zone = row.language, ZoneInfo(row.time_zone)
    day = format_date(row.opened_at.astimezone(zone), "long", locale=language)
    greeting = texts.GREETING[language].format(centre=row.name[language], day=day)
    lines = [greeting, "", answer] + (["", texts.ENDING[language]] if address.kind == "email" else [])
    subject = texts.SUBJECT[language]
    return Outgoing(
        id=str(row.message_id), to=address, language=language, subject=subject, text="\n".join(lines), shown=subject
    )


async def _not_now(context: Context, row: Row[Any], reason: str, *, lease: datetime) -> None:
    """Again later, while that still helps."""
    attempts = row.attempts + 1
    following = again(attempts, now=context.clock.now())
    if following >= row.told_at + USEFUL_FOR:
        await _end(context, row, "given_up", reason=reason, attempts=attempts)
        return
    async with context.db.begin() as session:
        await repository.postpone(session, row.message_id, following, reason=reason, attempts=attempts, lease=lease)


async def _end(
    context: Context, row: Row[Any], outcome: str, *, reason: str | None, attempts: int | None = None
) -> None:
    """Managers who look see what became of it."""
    tried = row.attempts if attempts is None else attempts
    async with context.db.begin() as session:
        now = context.clock.now()
        await repository.end(session, row.message_id, outcome, reason=reason, attempts=tried, now=now)
        await repository.raise_version(session, row.owner, row.centre)
    await wake(context, [row.centre])


async def check(context: Context) -> list[str]:
    """For `doctor`: what waits longer than it should, what was given up since yesterday."""
    now = context.clock.now()
    async with context.db.begin() as session:
        found = await repository.waiting(
            session, attempts=STUCK_ATTEMPTS, due_before=now - STUCK_AFTER, since=now - timedelta(days=1)
        )
    stuck = [f"{found.stuck} answers wait to be sent ({found.reason or 'nobody sends'})"] if found.stuck else []
    lost = [f"{found.lost} answers were given up since yesterday ({found.reason})"] if found.lost else []
    return stuck + lost
