"""Every SQL statement of policies; `IN_FORCE` is for the statements of others, too."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.policies.domain import EVERYBODY, Policy
from feedback_svc.policies.models import policy

IN_FORCE = f"""
SELECT * FROM policy
WHERE policy.organisation IN ({{organisation}}, '{EVERYBODY}') AND policy.valid_from <= {{day}}
ORDER BY policy.organisation = '{EVERYBODY}', policy.valid_from DESC LIMIT 1
"""  # noqa: S608 (of constants only)
GET = text(IN_FORCE.format(organisation=":organisation", day="CAST(:day AS date)"))


async def in_force(session: AsyncSession, organisation: str, day: date) -> Policy:
    """The organisation's own, else everybody's, which the first migration brings."""
    row = (await session.execute(GET, {"organisation": organisation, "day": day})).one()
    return Policy(**row._mapping)


async def find(session: AsyncSession, organisation: str) -> Sequence[Policy]:
    """All of an organisation, in the order of their days."""
    statement = select(policy).where(policy.c.organisation == organisation).order_by(policy.c.valid_from)
    return [Policy(**row._mapping) for row in await session.execute(statement)]


async def put(session: AsyncSession, item: Policy) -> None:
    values = vars(item)
    statement = insert(policy).values(values)
    keys = [policy.c.organisation, policy.c.valid_from]
    await session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values))
