"""Every SQL statement of remarks and of the answers on their way."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

Remark = Row[Any]
"""One row of the table `remark`, with what of its rating is shown."""

SELECT = """
SELECT remark.*, rating.answers, rating.channel, rating.verified, rating.flagged, rating.comment, message.outcome
FROM remark JOIN rating ON rating.id = remark.rating_id LEFT JOIN message ON message.remark_id = remark.id
"""
PAGE = text(f"""
{SELECT} WHERE remark.owner = :owner AND remark.centre = :centre
    AND (CAST(:state AS text) IS NULL OR remark.state = :state)
    AND (CAST(:before AS uuid) IS NULL OR remark.id < :before)
ORDER BY remark.id DESC LIMIT :limit
""")
GET = text(f"{SELECT} WHERE remark.id = :id")
LOCK = text("SELECT id FROM remark WHERE id = :id FOR UPDATE")


class Shown(NamedTuple):
    """Whose remarks about a centre, in which state (None: any), older than which one."""

    owner: str
    centre: str
    state: str | None
    before: UUID | None
    limit: int


async def page(session: AsyncSession, shown: Shown) -> Sequence[Remark]:
    """The newest first."""
    return (await session.execute(PAGE, shown._asdict())).all()


async def version(session: AsyncSession, owner: str, centre: str) -> int:
    """Of an owner's remarks about a centre. Read it before them: they may be newer, never older."""
    statement = text("SELECT version FROM remark_version WHERE owner = :owner AND centre = :centre")
    return (await session.scalar(statement, {"owner": owner, "centre": centre})) or 0


async def get(session: AsyncSession, remark_id: UUID) -> Remark | None:
    return (await session.execute(GET, {"id": remark_id})).first()


async def get_for_update(session: AsyncSession, remark_id: UUID) -> Remark | None:
    await session.execute(LOCK, {"id": remark_id})
    return await get(session, remark_id)


ANSWER = text("""
UPDATE remark SET state = 'answered', answered_at = :now, answered_by = :by, answer_id = :answer_id, answer = :answer
WHERE id = :id
""")
RAISE = text("UPDATE remark_version SET version = version + 1 WHERE owner = :owner AND centre = :centre")
TELL = text("INSERT INTO message (id, remark_id, due_at, created_at) VALUES (:id, :remark_id, :now, :now)")


class Answer(NamedTuple):
    """`answer` is sealed; `answer_id` is of the request."""

    id: UUID
    answer_id: UUID
    answer: bytes
    by: str


async def answer(session: AsyncSession, given: Answer, *, now: datetime) -> None:
    await session.execute(ANSWER, {**given._asdict(), "now": now})


async def raise_version(session: AsyncSession, owner: str, centre: str) -> None:
    """Who looks at this owner's remarks about the centre sees something new."""
    await session.execute(RAISE, {"owner": owner, "centre": centre})


async def tell(session: AsyncSession, message_id: UUID, remark_id: UUID, *, now: datetime) -> None:
    """The visitor is to be told the answer."""
    await session.execute(TELL, {"id": message_id, "remark_id": remark_id, "now": now})


# Rows that another process is just taking are left to it.
LEASE = text("""
UPDATE message SET due_at = :until FROM remark JOIN centre ON centre.id = remark.centre
WHERE remark.id = message.remark_id AND message.id IN (
    SELECT id FROM message WHERE outcome IS NULL AND due_at <= :now ORDER BY due_at LIMIT :limit FOR UPDATE SKIP LOCKED
)
RETURNING remark.*, message.id AS message_id, message.attempts, message.created_at AS told_at, centre.name,
    centre.time_zone
""")
END = text(
    "UPDATE message SET outcome = :outcome, reason = :reason, ended_at = :now, attempts = :attempts"
    " WHERE id = :id AND outcome IS NULL"
)
# Only by who still has it.
POSTPONE = text(
    "UPDATE message SET due_at = :due_at, reason = :reason, attempts = :attempts"
    " WHERE id = :id AND outcome IS NULL AND due_at = :lease"
)
WAITING = text("""
SELECT count(*) FILTER (WHERE outcome IS NULL AND (attempts >= :attempts OR due_at < :due_before)) AS stuck,
    count(*) FILTER (WHERE outcome = 'given_up' AND ended_at >= :since) AS lost,
    max(reason) FILTER (WHERE outcome IS NULL OR outcome = 'given_up') AS reason
FROM message
""")


async def lease(session: AsyncSession, *, now: datetime, until: datetime, limit: int) -> Sequence[Row[Any]]:
    """Takes due answers for the caller alone until then."""
    return (await session.execute(LEASE, {"now": now, "until": until, "limit": limit})).all()


async def end(
    session: AsyncSession, message_id: UUID, outcome: str, *, reason: str | None, attempts: int, now: datetime
) -> None:
    values = {"id": message_id, "outcome": outcome, "reason": reason, "attempts": attempts, "now": now}
    await session.execute(END, values)


async def postpone(
    session: AsyncSession, message_id: UUID, due_at: datetime, *, reason: str, attempts: int, lease: datetime
) -> None:
    values = {"id": message_id, "due_at": due_at, "reason": reason, "attempts": attempts, "lease": lease}
    await session.execute(POSTPONE, values)


async def waiting(session: AsyncSession, *, attempts: int, due_before: datetime, since: datetime) -> Row[Any]:
    """How many answers wait longer than they should, how many were given up, and why an attempt failed."""
    fields = {"attempts": attempts, "due_before": due_before, "since": since}
    return (await session.execute(WAITING, fields)).one()
