"""Each event once in effect: the inbox row and the effect are one transaction. JetStream's own memory forgets."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

INSERT = text(
    """
    INSERT INTO inbox (event_id, received_at)
    SELECT DISTINCT id, CAST(:now AS timestamptz) FROM unnest(CAST(:ids AS uuid[])) AS row (id) ORDER BY id
    ON CONFLICT DO NOTHING RETURNING event_id
    """
)


async def first_time(session: AsyncSession, event_ids: Sequence[UUID], *, now: datetime) -> set[UUID]:
    """Those of the events that this service has not yet applied; they are marked in the caller's transaction."""
    result = await session.execute(INSERT, {"ids": list(event_ids), "now": now})
    return set(result.scalars())
