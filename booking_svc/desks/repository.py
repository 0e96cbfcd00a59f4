"""Every SQL statement of desks that are closed for now."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from booking_svc.desks.models import closed_desk


async def close(session: AsyncSession, desk: str, *, by: str, now: datetime) -> bool:
    """False: it was closed already."""
    statement = insert(closed_desk).values(desk=desk, since=now, closed_by=by)
    statement = statement.on_conflict_do_nothing(index_elements=["desk"])
    return (await session.execute(statement.returning(closed_desk.c.desk))).one_or_none() is not None


async def reopen(session: AsyncSession, desk: str) -> bool:
    """False: it was open already."""
    statement = delete(closed_desk).where(closed_desk.c.desk == desk).returning(closed_desk.c.desk)
    return (await session.execute(statement)).one_or_none() is not None


async def closed(session: AsyncSession, desks: Sequence[str]) -> dict[str, datetime]:
    """Those of the desks that are closed, since when."""
    statement = select(closed_desk.c.desk, closed_desk.c.since).where(closed_desk.c.desk.in_(desks))
    return {row.desk: row.since for row in await session.execute(statement)}
