"""Every SQL statement of questionnaires."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.questionnaires.domain import EVERYBODY, About, Option, Question, Questionnaire
from feedback_svc.questionnaires.models import questionnaire

# Of each questionnaire the newest version that has begun counts. An evaluator's goes before the organisation's own,
# that before everybody's.
IN_FORCE = text(f"""
SELECT * FROM (
    SELECT DISTINCT ON (id) * FROM questionnaire
    WHERE asks IN (:organisation, '{EVERYBODY}') AND about = :about AND valid_from <= :day
    ORDER BY id, version DESC
) AS newest
WHERE (valid_to IS NULL OR valid_to >= :day)
    AND (CAST(:reader AS text) IS NULL OR owner IN (:reader, '{EVERYBODY}'))
ORDER BY asks = '{EVERYBODY}' AND owner = '{EVERYBODY}', owner = asks, valid_from DESC, made_at DESC LIMIT 1
""")  # noqa: S608 (of constants only)


async def in_force(
    session: AsyncSession, organisation: str, about: About, *, day: date, reader: str | None = None
) -> Questionnaire:
    """What is asked there on that day; of `reader`: only what that organisation asks, or everybody."""
    fields = {"organisation": organisation, "about": about, "day": day, "reader": reader}
    return of_row((await session.execute(IN_FORCE, fields)).one())


async def get(session: AsyncSession, key: str, version: int | None = None) -> Questionnaire | None:
    """This version, or the newest one."""
    statement = text(
        "SELECT * FROM questionnaire WHERE id = :id AND (CAST(:version AS int) IS NULL OR version = :version)"
        " ORDER BY version DESC LIMIT 1"
    )
    row = (await session.execute(statement, {"id": key, "version": version})).first()
    return of_row(row) if row else None


async def of_owner(session: AsyncSession, owner: str) -> Sequence[Questionnaire]:
    """All versions, the newest first."""
    statement = text("SELECT * FROM questionnaire WHERE owner = :owner ORDER BY id, version DESC")
    return [of_row(row) for row in await session.execute(statement, {"owner": owner})]


async def every(session: AsyncSession, about: About) -> Sequence[Questionnaire]:
    """All versions of all owners."""
    statement = text("SELECT * FROM questionnaire WHERE about = :about")
    return [of_row(row) for row in await session.execute(statement, {"about": about})]


async def evaluates(session: AsyncSession, owner: str, organisation: str) -> bool:
    """Whether this evaluator asks, or has asked, the visitors of the organisation."""
    statement = text(
        f"SELECT EXISTS (SELECT FROM questionnaire WHERE owner = :owner AND asks IN (:organisation, '{EVERYBODY}'))"  # noqa: S608 (a constant)
    )
    return bool((await session.execute(statement, {"owner": owner, "organisation": organisation})).scalar_one())


async def lock(session: AsyncSession, key: str) -> None:
    """One writer at a time: versions have no gaps."""
    await session.execute(text("SELECT pg_advisory_xact_lock(hashtextextended(:key, 0))"), {"key": f"asks/{key}"})


async def add(session: AsyncSession, item: Questionnaire, *, now: datetime) -> None:
    questions = [
        {
            "id": question.id,
            "text": dict(question.text),
            "options": [{"value": option.value, "label": dict(option.label)} for option in question.options],
        }
        for question in item.questions
    ]
    values = {**vars(item), "questions": questions, "made_at": now}
    await session.execute(insert(questionnaire).values(values))


def of_row(row: Row[Any]) -> Questionnaire:
    return Questionnaire(
        id=row.id,
        version=row.version,
        owner=row.owner,
        asks=row.asks,
        about=About(row.about),
        questions=questions_of(row.questions),
        valid_from=row.valid_from,
        valid_to=row.valid_to,
    )


def questions_of(stored: Any) -> tuple[Question, ...]:
    return tuple(
        Question(
            id=question["id"],
            text=question["text"],
            options=tuple(Option(option["value"], option["label"]) for option in question["options"]),
        )
        for question in stored
    )
