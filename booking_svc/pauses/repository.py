"""Every SQL statement of pauses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.pauses.domain import Pause, Reason, Scope
from booking_svc.pauses.models import pause

Paused = Row[Any]
"""One row of the table `pause`."""

SHARE = text("SELECT pg_advisory_xact_lock_shared(hashtext('vizyt.pauses'))")
LOCK = text("SELECT pg_advisory_xact_lock(hashtext('vizyt.pauses'))")


def touching(last: str) -> str:
    """A condition on a row of `booking`, with the parameter `now`: a pause of its centre took something of the time
    from its beginning to `last`, an SQL expression. It is what `domain.touches` says of one booking.
    """
    return f"""EXISTS (
        SELECT FROM pause WHERE pause.centre = booking.centre AND pause.since <= {last}
            AND (booking.starts_at < pause.ended_at OR pause.ended_at IS NULL AND booking.starts_at <= :now)
    )"""


async def share(session: AsyncSession) -> None:
    """Until the transaction's end no pause begins or ends. What is decided by a pause is read by a later statement:
    one that waits for a lock does not see what was committed meanwhile.
    """
    await session.execute(SHARE)


async def lock(session: AsyncSession) -> None:
    """Waits for everybody who shares; one at a time. So no call that began before a pause ends after it."""
    await session.execute(LOCK)


async def current(session: AsyncSession, centres: Sequence[str]) -> dict[str, Paused]:
    """The pauses that are on, by centre."""
    statement = select(pause).where(pause.c.centre.in_(centres), pause.c.ended_at.is_(None))
    return {row.centre: row for row in await session.execute(statement)}


async def start(
    session: AsyncSession, ids: Mapping[str, UUID], *, reason: Reason, scope: Scope, by: str, now: datetime
) -> Sequence[Paused]:
    """Pauses these centres, each under its id; those that are paused stay as they are. Gives the new pauses."""
    rows = [
        {"id": pause_id, "centre": centre, "reason": reason, "scope": scope, "since": now, "started_by": by}
        for centre, pause_id in ids.items()
    ]
    statement = insert(pause).values(rows)
    statement = statement.on_conflict_do_nothing(index_elements=["centre"], index_where=pause.c.ended_at.is_(None))
    begun: Sequence[Paused] = (await session.execute(statement.returning(pause))).all()
    return begun


async def end(
    session: AsyncSession, centres: Sequence[str], *, reason: Reason | None, by: str, now: datetime
) -> Sequence[Paused]:
    """Ends the pauses of these centres, of one reason or all. Gives them as they ended."""
    statement = update(pause).where(pause.c.centre.in_(centres), pause.c.ended_at.is_(None))
    if reason:
        statement = statement.where(pause.c.reason == reason)
    ended_at = func.greatest(pause.c.since, now)  # this clock may be a little behind the one that the pause began by
    statement = statement.values(ended_at=ended_at, ended_by=by)
    ended: Sequence[Paused] = (await session.execute(statement.returning(pause))).all()
    return ended


async def between(session: AsyncSession, centre: str, first: datetime, last: datetime) -> list[Pause]:
    """The centre's pauses that may have taken something of that time, in order."""
    statement = select(pause).where(
        pause.c.centre == centre,
        pause.c.since <= last,
        pause.c.ended_at.is_(None) | (pause.c.ended_at > first),
    )
    rows = await session.execute(statement.order_by(pause.c.since))
    return [Pause(Reason(row.reason), row.since, row.ended_at) for row in rows]


def standstill(first: str, last: str) -> str:
    """An SQL expression: how many whole seconds of the time from `first` to `last` the centre of a row of `booking`
    was paused; its pauses never overlap.
    """
    return f"""(
        SELECT coalesce(floor(sum(extract(epoch FROM least(ended_at, {last}) - greatest(since, {first})))), 0)::int
        FROM pause WHERE pause.centre = booking.centre AND since < {last} AND (ended_at IS NULL OR ended_at > {first})
    )"""  # noqa: S608 (of constants only)
