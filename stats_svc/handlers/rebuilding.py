"""All figures made anew from the archives of those who told the events, while queries go on.

What is counted from the beginning of a rebuilding on is counted in the new tables too (projections/applying.py). What
was counted before it was published before, so it had been committed to its owner's archive, and the archive is read
from its first row only after the beginning. An event that comes both ways is known by its id. So in the end the new
tables hold every event of the old ones; were that not so, because an archive has lost some, the old ones stay.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

import structlog

from services import archive
from services.consumer import Never, Told, parse, read
from services.context import Context
from services.errors import NotFound, Unavailable
from stats_svc.projections import EVENTS, shadowing
from stats_svc.projections.applying import count_in_shadow
from stats_svc.projections.shadowing import DONE, Rebuild

ARCHIVES = ("booking_svc", "feedback_svc")
"""Whose events are counted."""
BY_SUBJECT = {event.subject: event for event in EVENTS}
log = structlog.get_logger()


async def request(context: Context, requested_id: UUID) -> Rebuild:
    """Begins, or gives the one that is under way; the leader does the work."""
    async with context.db.begin() as session:
        return await shadowing.begin(session, requested_id, now=context.clock.now())


async def newest(context: Context) -> Rebuild:
    """Raises `NotFound` when there was none yet."""
    async with context.db.begin() as session:
        found = await shadowing.newest(session)
    if found is None:
        raise NotFound
    return found


async def rebuild(context: Context) -> None:
    """The job: goes on where it, or the leader before, stopped."""
    async with context.db.begin() as session:
        running = await shadowing.newest(session)
    if running is None or running.state != "running":
        return
    try:
        for owner in ARCHIVES:
            await replay(context, running, owner)
    except Unavailable:
        log.info("rebuild.waits")
        return
    await finish(context, running)


async def replay(context: Context, running: Rebuild, owner: str) -> None:
    """Raises `Unavailable` when the owner does not answer."""
    after = running.after.get(owner, 0)
    while after != DONE:
        page = await archive.page(context.bus, owner, list(BY_SUBJECT), after=after)
        told, skipped = readable(page.envelopes)
        after = DONE if page.last is None else page.last
        async with context.db.begin() as session:
            new = await count_in_shadow(session, told, now=context.clock.now()) if told else 0
            await shadowing.progress(session, running, owner, after, events=new, skipped=skipped)


def readable(envelopes: Sequence[str]) -> tuple[list[Told], int]:
    """The events, and how many cannot be read: these were dead letters already."""
    if not envelopes:
        return [], 0
    parsed = parse(("[" + ",".join(envelopes) + "]").encode())
    try:
        return read(parsed, BY_SUBJECT), 0
    except Never:
        found = [(item, _readable(item)) for item in parsed]
    return [told for _, told in found if told], sum(told is None for _, told in found)


def _readable(envelope: object) -> Told | None:
    try:
        return read([envelope], BY_SUBJECT)[0]  # type: ignore[list-item]  # an Envelope of `parse`
    except Never:
        return None


async def finish(context: Context, running: Rebuild) -> None:
    """The new tables are read from now on, unless events would be lost by it."""
    lost = await shadowing.missing(context.db)
    now = context.clock.now()
    async with context.db.begin() as session:
        if lost:
            await shadowing.end(session, running, "incomplete", missing=lost, now=now)
        else:
            await shadowing.exchange(session, running, now=now)
    log.info("rebuild.ended", missing=lost)
