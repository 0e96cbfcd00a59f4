"""Routes: parse, call, answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from quota_svc.handlers import blocking, policies, reading
from quota_svc.schemas import Code, PolicyBody, PolicyList, PolicyView, QuotaView, UnblockBody, UnblockedView
from services.auth import Principal
from services.context import Ctx, Language, Who, role
from services.idempotency import IdempotentRoute, resource_id
from services.ids import uuid7

quota = APIRouter(prefix="/api/v1/quota", tags=["quota"], route_class=IdempotentRoute)
admin = APIRouter(prefix="/api/v1/admin/policies", tags=["quota policies"], route_class=IdempotentRoute)
Staff = Annotated[Principal, role("admin", "manager")]
Reception = Annotated[Principal, role("administrator", "manager")]
"""Who meets the person that has come."""


@quota.get("", summary="What one may still book, what counts, and when it renews")
async def read_quota(ctx: Ctx, who: Who, organisation: Annotated[Code, Query()], language: Language) -> QuotaView:
    applicant = reading.applicant_of(who, ctx.privacy)
    return QuotaView.of(await reading.standing(ctx.db, applicant, organisation, now=ctx.clock.now()), language)


@quota.post("/unblock", summary="Open online booking again to a person who has come; nothing if nothing is blocked")
async def unblock(ctx: Ctx, by: Reception, body: UnblockBody) -> UnblockedView:
    who = reading.visitor(body.number, str(body.document) if body.document else None, ctx.privacy)
    now = ctx.clock.now()
    block = await blocking.unblock(ctx.db, who, body.organisation, by=by, reason=body.reason, now=now)
    return UnblockedView.of(body.organisation, block)


@admin.get("", summary="Policies of all organisations, or of one")
async def list_policies(ctx: Ctx, by: Staff, organisation: Annotated[Code | None, Query()] = None) -> PolicyList:
    found = await policies.listed(ctx.db, organisation, by=by)
    return PolicyList(items=[PolicyView.of(policy) for policy in found])


@admin.get("/{policy_id}", summary="One policy")
async def read_policy(ctx: Ctx, by: Staff, policy_id: UUID) -> PolicyView:
    return PolicyView.of(await policies.get(ctx.db, policy_id, by=by))


@admin.post("", status_code=201, summary="Create a policy")
async def create_policy(ctx: Ctx, by: Staff, body: PolicyBody, request: Request, response: Response) -> PolicyView:
    now = ctx.clock.now()
    created = await policies.create(ctx.db, body.policy(resource_id(request)), by=by, now=now)
    response.headers["Location"] = f"/api/v1/admin/policies/{created.id}"
    return PolicyView.of(created)


@admin.put("", summary="Create a policy, or replace the one with the same first day")
async def put_policy(ctx: Ctx, by: Staff, body: PolicyBody) -> PolicyView:
    now = ctx.clock.now()
    return PolicyView.of(await policies.put(ctx.db, body.policy(uuid7(now)), by=by, now=now))


@admin.put("/{policy_id}", summary="Replace a policy")
async def replace_policy(ctx: Ctx, by: Staff, policy_id: UUID, body: PolicyBody) -> PolicyView:
    now = ctx.clock.now()
    return PolicyView.of(await policies.replace(ctx.db, body.policy(policy_id), by=by, now=now))


@admin.delete("/{policy_id}", status_code=204, summary="Delete a policy: there is no limit any more")
async def delete_policy(ctx: Ctx, by: Staff, policy_id: UUID) -> None:
    await policies.delete(ctx.db, policy_id, by=by, now=ctx.clock.now())
