"""Routes of retention, for admins: what is due, and erasing it at once."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter

from booking_svc.retention import handlers
from booking_svc.retention.handlers import Rule
from booking_svc.retention.schemas import DueList, DueView, ErasedList, ErasedView
from services.auth import Principal
from services.context import Ctx, role
from services.idempotency import IdempotentRoute

router = APIRouter(prefix="/api/v1/admin/retention", route_class=IdempotentRoute, tags=["administration"])
Admin = Annotated[Principal, role("admin")]


@router.get("")
async def survey(context: Ctx, _: Admin) -> DueList:
    """A dry run: how many bookings' names and contacts would be erased now."""
    found = await handlers.survey(context)
    return DueList(items=[DueView(**_rule(one.rule), due=one.due, unfinished=one.unfinished) for one in found])


@router.post("")
async def erase(context: Ctx, by: Admin) -> ErasedList:
    """Erases now what the daily job would erase; it cannot be undone."""
    done = await handlers.erase(context, by=by)
    items = [ErasedView(**_rule(one.rule), erased=one.erased, remaining=one.remaining) for one in done]
    return ErasedList(items=items)


def _rule(rule: Rule) -> dict[str, Any]:
    return {"organisation": rule.organisation, "retention_days": rule.days, "kept_since": rule.kept_since}
