"""Every SQL statement of retention."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

RULES = text("SELECT code, time_zone, retention_days FROM organisation WHERE retention_days IS NOT NULL ORDER BY code")

# Each half by an index of its own; a remark without words can have a contact.
OLD = """
    SELECT id, day FROM rating WHERE owner = :owner AND day < :kept_since AND comment IS NOT NULL
    UNION
    SELECT rating.id, rating.day FROM remark JOIN rating ON rating.id = remark.rating_id
    WHERE remark.owner = :owner AND rating.day < :kept_since
        AND (remark.contact IS NOT NULL OR remark.answer IS NOT NULL)
"""
COUNT = text(f"SELECT count(*) FROM ({OLD}) AS old")  # noqa: S608 (a constant)
ERASE = text(f"""
WITH old AS ({OLD} ORDER BY day LIMIT :limit),
forgotten AS (
    UPDATE remark SET contact = NULL, contact_kind = NULL, answer = NULL FROM old WHERE remark.rating_id = old.id
)
UPDATE rating SET comment = NULL FROM old WHERE rating.id = old.id
""")  # noqa: S608 (a constant)


async def rules(session: AsyncSession) -> Sequence[Row[Any]]:
    """The organisations that keep nothing for ever."""
    return (await session.execute(RULES)).all()


async def count(session: AsyncSession, owner: str, *, kept_since: date) -> int:
    number: int = (await session.execute(COUNT, {"owner": owner, "kept_since": kept_since})).scalar_one()
    return number


async def erase(session: AsyncSession, owner: str, *, kept_since: date, limit: int) -> int:
    """Erases the oldest; gives how many."""
    done: Any = await session.execute(ERASE, {"owner": owner, "kept_since": kept_since, "limit": limit})
    erased: int = done.rowcount
    return erased
