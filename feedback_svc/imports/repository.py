"""Every SQL statement of the import."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncSession

from services.db import Db


class PastRating(NamedTuple):
    """The columns of one rating as the statement takes them, in this order."""

    id: UUID
    organisation: str
    centre: str
    desk: str | None
    owner: str
    questionnaire: str
    questionnaire_version: int
    answers: str
    overall: int
    channel: str
    submitted_at: datetime
    day: date
    external_id: str
    comment: bytes | None
    event_id: UUID
    envelope: str


# One batch, one statement, one commit. What is known already, or stands twice in the batch, is left out with its event.
STORE = """
WITH item AS (
    SELECT * FROM unnest(
        $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::int[], $9::text[], $10::int[],
        $11::text[], $12::timestamptz[], $13::date[], $14::text[], $15::bytea[], $16::uuid[], $17::text[]
    ) AS t (
        id, organisation, centre, desk, owner, questionnaire, questionnaire_version, answers, overall, channel,
        submitted_at, day, external_id, comment, event_id, envelope
    )
), kept AS (
    INSERT INTO rating (
        id, about, organisation, centre, desk, owner, questionnaire, questionnaire_version, answers, overall, channel,
        submitted_at, day, verified, flagged, external_id, comment
    )
    SELECT id, 'visit', organisation, centre, desk, owner, questionnaire, questionnaire_version, answers::jsonb,
        overall, channel, submitted_at, day, false, false, external_id, comment
    FROM item ORDER BY organisation, external_id
    ON CONFLICT (organisation, external_id) WHERE external_id IS NOT NULL DO NOTHING
    RETURNING id
), told AS (
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    SELECT event_id, 'feedback.rated.v1', envelope, $1 FROM item JOIN kept USING (id)
)
SELECT count(*)::int AS kept FROM kept
"""


async def store(db: Db, ratings: Sequence[PastRating], *, now: datetime) -> int:
    """How many of them were new."""
    columns = [list(column) for column in zip(*ratings, strict=True)]
    rows = await db.hot(STORE, now, *columns)
    kept: int = rows[0]["kept"]
    return kept


PLACES = text("""
SELECT centre.id AS centre, NULL AS desk, organisation, region, time_zone FROM centre
UNION ALL
SELECT centre.id, desk.id, organisation, region, time_zone FROM desk JOIN centre ON centre.id = desk.centre
""")


async def places(session: AsyncSession) -> Sequence[Row[Any]]:
    """Every centre, without a desk, and every desk; also those that are there no more: ratings are of the past."""
    return (await session.execute(PLACES)).all()
