"""Questionnaires are written by their organisation; what another organisation's visitors are asked, by an admin."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.permissions import manage_organisation
from feedback_svc.places import repository as places
from feedback_svc.questionnaires import repository
from feedback_svc.questionnaires.admin_schemas import QuestionnaireBody
from feedback_svc.questionnaires.domain import EVERYBODY, Questionnaire
from services import audit
from services.auth import Principal
from services.context import Context
from services.errors import AlreadyExists, Forbidden, InvalidRequest


async def listed(context: Context, owner: str, *, by: Principal) -> Sequence[Questionnaire]:
    """Raises `Forbidden`."""
    manage_organisation(by, owner)
    async with context.db.begin() as session:
        return await repository.of_owner(session, owner)


async def put(context: Context, key: str, body: QuestionnaireBody, *, by: Principal) -> tuple[Questionnaire, bool]:
    """The version in force from its day on, and whether the questionnaire is new. What is the same changes nothing.

    Raises `Forbidden`, `InvalidRequest`, `AlreadyExists` for another organisation's.
    """
    manage_organisation(by, body.organisation)
    if body.asks not in (None, body.organisation) and not by.has("admin"):
        raise Forbidden
    now = context.clock.now()
    async with context.db.begin() as session:
        await _check(session, body)
        await repository.lock(session, key)
        newest = await repository.get(session, key)
        if newest and newest.owner != body.organisation:
            raise AlreadyExists
        item = body.version(key, newest.version + 1 if newest else 1, today=now.date())
        if newest and _same(newest, item, body):
            return newest, False
        await repository.add(session, item, now=now)
        details = {"asks": item.asks, "valid_from": item.valid_from.isoformat()}
        resource = f"questionnaire/{key}/{item.version}"
        await audit.record(session, by, "questionnaire.put", resource, now=now, details=details)
    return item, newest is None


async def _check(session: AsyncSession, body: QuestionnaireBody) -> None:
    for field in ("organisation", "asks"):
        code = getattr(body, field)
        if code not in (None, EVERYBODY) and await places.organisation_of(session, code) is None:
            raise InvalidRequest.field(field, "unknown")


def _same(newest: Questionnaire, item: Questionnaire, body: QuestionnaireBody) -> bool:
    """A day that was left out is not another day."""
    first = item.valid_from if body.valid_from else newest.valid_from
    return newest == replace(item, version=newest.version, valid_from=first)
