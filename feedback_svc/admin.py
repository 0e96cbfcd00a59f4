"""Routes of the administration: what is asked, and what an organisation has decided. Parse, call, answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from feedback_svc.policies import handlers as policies
from feedback_svc.policies.schemas import PolicyBody, PolicyList, PolicyView
from feedback_svc.questionnaires import handlers as questionnaires
from feedback_svc.questionnaires.admin_schemas import QuestionnaireBody, VersionList, VersionView
from services.auth import Principal
from services.context import Ctx, role
from services.contracts.catalogue import CODE

asked = APIRouter(prefix="/api/v1/admin/questionnaires", tags=["administration"])
decided = APIRouter(prefix="/api/v1/admin/feedback-policies", tags=["administration"])
ROUTERS = (asked, decided)
Staff = Annotated[Principal, role("admin", "manager")]
Key = Annotated[str, Path(pattern=CODE, max_length=64)]
Organisation = Annotated[str, Path(pattern=rf"{CODE}|^\*$", max_length=64)]


@asked.get("")
async def list_questionnaires(
    context: Ctx, by: Staff, organisation: Annotated[str, Query(max_length=64)]
) -> VersionList:
    """All versions of an organisation's questionnaires; `*`: those that are asked where there is no other."""
    found = await questionnaires.listed(context, organisation, by=by)
    return VersionList(items=[VersionView.of(item) for item in found])


@asked.put("/{key}")
async def put_questionnaire(
    context: Ctx, by: Staff, key: Key, body: QuestionnaireBody, response: Response
) -> VersionView:
    """A new version, asked from its day on; old answers stay with theirs. The same again changes nothing. What is asked
    in another organisation's centres is an independent evaluation: an admin sets it up.
    """
    item, created = await questionnaires.put(context, key, body, by=by)
    response.status_code = 201 if created else 200
    return VersionView.of(item)


@decided.get("/{organisation}")
async def list_policies(context: Ctx, by: Staff, organisation: Organisation) -> PolicyList:
    """What the organisation has decided, by the days from which it is in force; `*`: what holds where nothing is."""
    found = await policies.listed(context, organisation, by=by)
    return PolicyList(items=[PolicyView.of(policy) for policy in found])


@decided.put("/{organisation}")
async def put_policy(context: Ctx, by: Staff, organisation: Organisation, body: PolicyBody) -> PolicyView:
    """In force from its day until the next one's; replaces the one of the same day."""
    return PolicyView.of(await policies.put(context, body.policy(organisation), by=by))
