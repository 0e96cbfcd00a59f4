"""Policies and organisations. Writers of policies hold the table for themselves until they commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from quota_svc.domain import Channel, Kind, Organisation, Period, Policy
from quota_svc.models import organisation, policy

NATURAL_KEY = (policy.c.organisation, policy.c.kind, policy.c.channel, policy.c.valid_from)
"""One policy begins on a day."""


async def lock_all(session: AsyncSession) -> None:
    """Waits for the reservations under way and keeps new ones out: they see the policies before or after, whole."""
    await session.execute(text("LOCK TABLE policy IN ACCESS EXCLUSIVE MODE"))


async def find(session: AsyncSession, organisation_code: str | None = None) -> list[Policy]:
    """All policies, or those of one organisation, in a stable order."""
    statement = select(policy).order_by(*NATURAL_KEY)
    if organisation_code is not None:
        statement = statement.where(policy.c.organisation == organisation_code)
    return [_policy(row) for row in await session.execute(statement)]


async def get(session: AsyncSession, policy_id: UUID) -> Policy | None:
    row = (await session.execute(select(policy).where(policy.c.id == policy_id))).first()
    return _policy(row) if row else None


async def get_by_start(session: AsyncSession, like: Policy) -> Policy | None:
    """The policy of the same organisation, applicant and channel that begins on the same day."""
    same = [column == value for column, value in zip(NATURAL_KEY, _natural_key(like), strict=True)]
    row = (await session.execute(select(policy).where(*same))).first()
    return _policy(row) if row else None


async def put(session: AsyncSession, policies: Sequence[Policy], *, now: datetime) -> None:
    """Inserts, or replaces what begins on the same day; a replaced one keeps its id."""
    rows = {_natural_key(item): _values(item) | {"id": item.id, "changed_at": now} for item in policies}
    if not rows:
        return
    statement = insert(policy).values(list(rows.values()))
    kept = {"id", *(column.name for column in NATURAL_KEY)}
    changes = {column.name: column for column in statement.excluded if column.name not in kept}
    await session.execute(statement.on_conflict_do_update(index_elements=NATURAL_KEY, set_=changes))


async def replace(session: AsyncSession, item: Policy, *, now: datetime) -> None:
    values = _values(item) | {"changed_at": now}
    await session.execute(update(policy).where(policy.c.id == item.id).values(values))


async def remove(session: AsyncSession, policy_id: UUID) -> None:
    await session.execute(delete(policy).where(policy.c.id == policy_id))


async def end_before_successors(session: AsyncSession, *, now: datetime) -> None:
    """A policy ends the day before the next one of its kind begins, at the latest. Then no two cover one day, which
    the database checks at once and not at the commit, where an error would have no place.
    """
    await session.execute(END_BEFORE_SUCCESSORS, {"now": now})
    await session.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))


async def put_organisation(session: AsyncSession, item: Organisation, *, now: datetime) -> None:
    values = {
        "code": item.code,
        "time_zone": item.zone.key,
        "window_days": item.window_days,
        "active": item.active,
        "changed_at": now,
    }
    statement = insert(organisation).values(values)
    await session.execute(statement.on_conflict_do_update(index_elements=[organisation.c.code], set_=values))


async def organisation_of(session: AsyncSession, code: str) -> Organisation | None:
    row = (await session.execute(select(organisation).where(organisation.c.code == code))).first()
    return Organisation(row.code, ZoneInfo(row.time_zone), row.window_days, row.active) if row else None


def _natural_key(item: Policy) -> tuple[str, str, str, date]:
    return item.organisation, item.kind, item.channel, item.valid_from


def _values(item: Policy) -> dict[str, Any]:
    return {
        "organisation": item.organisation,
        "kind": item.kind,
        "channel": item.channel,
        "max_bookings": item.limit,
        "period": item.period,
        "cancelled_counts": item.cancelled_counts,
        "no_show_limit": item.no_show_limit,
        "valid_from": item.valid_from,
        "valid_to": item.valid_to,
    }


def _policy(row: Row[Any]) -> Policy:
    return Policy(
        id=row.id,
        organisation=row.organisation,
        kind=Kind(row.kind),
        channel=Channel(row.channel),
        limit=row.max_bookings,
        period=Period(row.period),
        cancelled_counts=row.cancelled_counts,
        valid_from=row.valid_from,
        valid_to=row.valid_to,
        no_show_limit=row.no_show_limit,
    )


END_BEFORE_SUCCESSORS = text("""
UPDATE policy SET valid_to = successor.valid_from - 1, changed_at = :now
FROM (
    SELECT id, lead(valid_from) OVER (PARTITION BY organisation, kind, channel ORDER BY valid_from) AS valid_from
    FROM policy
) AS successor
WHERE policy.id = successor.id AND (policy.valid_to IS NULL OR policy.valid_to >= successor.valid_from)
""")
