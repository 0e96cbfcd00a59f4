"""Routes of ratings that staff take down: parse, call, answer."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Request

from feedback_svc.ratings import handlers
from feedback_svc.ratings.schemas import RatedView, TakenDown
from services.auth import Principal
from services.context import Ctx, role
from services.idempotency import IdempotentRoute, repeated, resource_id

router = APIRouter(prefix="/api/v1/feedback/ratings", tags=["feedback"], route_class=IdempotentRoute)
Operator = Annotated[Principal, role("administrator")]


@router.post("", status_code=201)
async def take_down(context: Ctx, by: Operator, body: TakenDown, request: Request) -> RatedView:
    """What came in by the hotline or a social network, with its channel; words or a bad mark are a remark as ever."""
    rating_id = resource_id(request)
    made = await handlers.take_down(context, body, rating_id=rating_id, repeated=repeated(request), by=by)
    return RatedView(id=rating_id, submitted_at=made.submitted_at)
