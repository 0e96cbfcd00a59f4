"""A session once more: for a form that came back, or in another language."""

from __future__ import annotations

from typing import Any

import orjson

from feedback_svc.places import repository as places
from feedback_svc.questionnaires.domain import About, Questionnaire
from feedback_svc.questionnaires.repository import questions_of
from feedback_svc.sessions import repository
from feedback_svc.sessions.domain import refusal
from feedback_svc.sessions.handlers.opening import Opened
from feedback_svc.sessions.secrets import session_keys
from services.context import Context
from services.db import Db
from services.errors import NotFound


async def read_session(context: Context, secret: str) -> Opened:
    """While it can still be submitted. Raises `NotFound`, `AlreadySubmitted`, `SessionExpired`."""
    now, db = context.clock.now(), context.db
    row = (await repository.read(db, [session_keys(secret, context.privacy)], now=now)).get(0)
    if row is None:
        raise NotFound
    if refused := refusal(submitted_at=row["submitted_at"], expires_at=row["expires_at"], now=now):
        raise refused
    async with db.begin() as session:
        place = await places.get(session, row["desk"]) if row["desk"] else None
    return Opened(secret, row["expires_at"], place, await questionnaire_of(db, row))


async def questionnaire_of(db: Db, row: Any) -> Questionnaire:
    """What the session of this row asks, whatever is asked by now."""
    key = row["questionnaire"], row["questionnaire_version"]
    stored = orjson.loads(await repository.questions(db, *key))
    return Questionnaire(
        *key, row["owner"], "", About(row["about"]), questions_of(stored), valid_from=row["opened_at"].date()
    )
