"""Every SQL statement of sessions. Submitting is the hot one: many in one statement, with one commit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import asyncpg
from sqlalchemy import Row, select, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.policies.repository import IN_FORCE
from feedback_svc.sessions.models import session as sessions
from feedback_svc.sessions.models import spent
from services.db import Db


class NewRating(NamedTuple):
    """What a submit makes of a session, as the statement takes it, in this order. The rest stands in the session.

    The verified event is told in place of the other if the token of the visit can be used. `remark_id` None: there
    is nothing to answer.
    """

    key: str
    rating_id: UUID
    answers: str
    overall: int
    day: date
    flagged: bool
    comment: bytes | None
    event_id: UUID
    envelope: str
    verified_event_id: UUID | None
    verified_envelope: str | None
    token_key: str | None
    remark_id: UUID | None
    due_at: datetime | None
    contact: bytes | None
    contact_kind: str | None
    remark_event_id: UUID | None
    remark_envelope: str | None


async def open_session(db_session: AsyncSession, values: dict[str, Any]) -> Row[Any]:
    """The new session; of a repeated request the one that it made before."""
    statement = insert(sessions).values(values)
    same = statement.on_conflict_do_update(index_elements=[sessions.c.key], set_={"key": statement.excluded.key})
    row: Row[Any] = (await db_session.execute(same.returning(sessions))).one()
    return row


async def is_spent(db_session: AsyncSession, keys: Sequence[str]) -> bool:
    """Whether the person of these keys was asked this month."""
    return (await db_session.execute(select(spent.c.key).where(spent.c.key.in_(keys)))).first() is not None


TODAY = "($1::timestamptz AT TIME ZONE session.time_zone)::date"
# The ratings of a desk that may be the visitors' own, but only so many as decide.
READ = f"""
SELECT own.place, own.key, session.*, policy.remark_hours, policy.burst_ratings, (
    SELECT count(*)::int FROM (
        SELECT FROM rating
        WHERE rating.desk = session.desk AND rating.submitted_at <= $1::timestamptz AND NOT rating.verified
            AND rating.submitted_at > $1::timestamptz - make_interval(mins => policy.burst_minutes)
        LIMIT policy.burst_ratings
    ) AS recent
) AS recent
FROM unnest($2::int[], $3::text[]) AS own (place, key)
JOIN session ON session.key = own.key
CROSS JOIN LATERAL ({IN_FORCE.format(organisation="session.organisation", day=TODAY)}) AS policy
"""  # noqa: S608 (of constants only)


async def read(db: Db, keys: Sequence[Sequence[str]], *, now: datetime) -> dict[int, asyncpg.Record]:
    """The sessions under these keys, by their place in the list, with the rules of their organisations."""
    places = [place for place, some in enumerate(keys) for _ in some]
    rows = await db.hot(READ, now, places, [key for some in keys for key in some])
    return {row["place"]: row for row in rows}


TOKENS = "SELECT key, desk FROM visit_token WHERE key = ANY ($1)"


async def unused_tokens(db: Db, keys: Sequence[str]) -> dict[str, str]:
    """The desks of visits' tokens that nobody has used yet."""
    return {row["key"]: row["desk"] for row in await db.hot(TOKENS, list(keys))}


# One batch, one statement, one commit. Sessions are locked in the order of their keys; one that another transaction has
# just submitted is not among the locked, because it is looked at again once the lock is there.
# `spent`    lets one rating a month through, where the session is of somebody who is asked once.
# `used`     are the tokens of visits that this takes out of the world: a rating is verified only by taking one.
# `raised`   grows once per owner and centre: in their order, so that two batches wait for each other in turn.
SUBMIT = """
WITH item AS (
    SELECT * FROM unnest(
        $2::text[], $3::uuid[], $4::text[], $5::int[], $6::date[], $7::bool[], $8::bytea[], $9::uuid[], $10::text[],
        $11::uuid[], $12::text[], $13::text[], $14::uuid[], $15::timestamptz[], $16::bytea[], $17::text[], $18::uuid[],
        $19::text[]
    ) WITH ORDINALITY AS t (
        key, rating_id, answers, overall, day, flagged, comment, event_id, envelope, verified_event_id,
        verified_envelope, token_key, remark_id, due_at, contact, contact_kind, remark_event_id, remark_envelope, place
    )
), locked AS (
    SELECT key FROM session WHERE key = ANY ($2) AND submitted_at IS NULL AND $1 < expires_at ORDER BY key FOR UPDATE
), won AS (
    UPDATE session SET submitted_at = $1 FROM locked
    WHERE session.key = locked.key AND session.submitted_at IS NULL RETURNING session.*
), once AS (
    INSERT INTO spent (key, day) SELECT once_key, $1::date FROM won WHERE once_key IS NOT NULL ORDER BY once_key
    ON CONFLICT DO NOTHING RETURNING key
), accepted AS (
    SELECT item.*, won.about, won.organisation, won.centre, won.desk, won.owner, won.questionnaire,
        won.questionnaire_version, won.channel, won.language
    FROM won JOIN item USING (key) WHERE won.once_key IS NULL OR won.once_key IN (SELECT key FROM once)
), used AS (
    DELETE FROM visit_token USING accepted WHERE visit_token.key = accepted.token_key RETURNING visit_token.key
), rated AS (
    SELECT accepted.*, used.key IS NOT NULL AS verified
    FROM accepted LEFT JOIN used ON used.key = accepted.token_key
), kept AS (
    INSERT INTO rating (
        id, about, organisation, centre, desk, owner, questionnaire, questionnaire_version, answers, overall, channel,
        submitted_at, day, verified, flagged, comment
    )
    SELECT rating_id, about, organisation, centre, desk, owner, questionnaire, questionnaire_version, answers::jsonb,
        overall, channel, $1, day, verified, flagged AND NOT verified, comment
    FROM rated
), opened AS (
    INSERT INTO remark (
        id, rating_id, owner, organisation, centre, desk, opened_at, due_at, state, contact, contact_kind, language
    )
    SELECT remark_id, rating_id, owner, organisation, centre, desk, $1, due_at, 'open', contact, contact_kind, language
    FROM rated WHERE remark_id IS NOT NULL
), raised AS (
    INSERT INTO remark_version AS known (owner, centre, version)
    SELECT DISTINCT owner, centre, 1 FROM rated WHERE remark_id IS NOT NULL ORDER BY owner, centre
    ON CONFLICT (owner, centre) DO UPDATE SET version = known.version + 1
), told AS (
    INSERT INTO outbox (event_id, subject, envelope, created_at)
    SELECT CASE WHEN verified THEN verified_event_id ELSE event_id END, 'feedback.rated.v1',
        CASE WHEN verified THEN verified_envelope ELSE envelope END, $1
    FROM rated
    UNION ALL
    SELECT remark_event_id, 'feedback.remark_opened.v1', remark_envelope, $1 FROM rated WHERE remark_id IS NOT NULL
)
SELECT place, verified, remark_id, centre FROM rated
"""


async def submit(db: Db, items: Sequence[NewRating], *, now: datetime) -> dict[int, asyncpg.Record]:
    """Those that were won, by their place in the list: the others were submitted or ran out meanwhile."""
    columns = [list(column) for column in zip(*items, strict=True)]
    return {row["place"] - 1: row for row in await db.hot(SUBMIT, now, *columns)}


MADE = """
SELECT submitted_at, verified, due_at, contact_kind
FROM rating LEFT JOIN remark ON remark.rating_id = rating.id WHERE rating.id = $1
"""


async def has_rating(db: Db, rating_id: UUID) -> asyncpg.Record | None:
    """When it was submitted, whether verified, and of its remark until when somebody has to react."""
    rows = await db.hot(MADE, rating_id)
    return rows[0] if rows else None


QUESTIONS = "SELECT questions FROM questionnaire WHERE id = $1 AND version = $2"


async def questions(db: Db, key: str, version: int) -> str:
    """The stored questions of a version, as JSON."""
    rows = await db.hot(QUESTIONS, key, version)
    stored: str = rows[0]["questions"]
    return stored


SWEEP = (
    "DELETE FROM session WHERE expires_at <= $1",
    "DELETE FROM spent WHERE day < $1::timestamptz::date - 62",
    "DELETE FROM visit_token WHERE day < $1::timestamptz::date - 31",
)


async def sweep(db: Db, before: datetime) -> None:
    """Deletes what nobody can use any more. It decides nothing."""
    for statement in SWEEP:
        await db.hot(statement, before)


async def desk_of_token(db_session: AsyncSession, key: str) -> str | None:
    """Where the visit of an unused token was."""
    desk: str | None = await db_session.scalar(text("SELECT desk FROM visit_token WHERE key = :key"), {"key": key})
    return desk


async def put_tokens(db_session: AsyncSession, rows: Sequence[tuple[str, str, date]]) -> None:
    """`rows`: key, desk, day."""
    statement = text(
        "INSERT INTO visit_token (key, desk, day)"
        " SELECT * FROM unnest(CAST(:keys AS text[]), CAST(:desks AS text[]), CAST(:days AS date[]))"
        " AS t (key, desk, day) ORDER BY key ON CONFLICT DO NOTHING"
    )
    if rows:
        keys, desks, days = (list(column) for column in zip(*sorted(rows), strict=True))
        await db_session.execute(statement, {"keys": keys, "desks": desks, "days": days})
