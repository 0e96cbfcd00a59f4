"""Routes of remarks (api.md "Feedback"): parse, call, answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from feedback_svc.remarks import handlers
from feedback_svc.remarks.domain import State
from feedback_svc.remarks.repository import Remark
from feedback_svc.remarks.schemas import AnswerBody, ContactView, RemarkList, RemarkView
from services import live
from services.auth import Principal
from services.conditional import conditional
from services.context import Context, Ctx, role
from services.idempotency import IdempotentRoute, resource_id

PREFIX = "/api/v1/feedback/remarks"
EVENTS = "text/event-stream"
router = APIRouter(prefix=PREFIX, tags=["feedback"], route_class=IdempotentRoute)
Manager = Annotated[Principal, role("manager", "admin")]
Centre = Annotated[str, Query(max_length=64, examples=["hsc-0741"])]
Limit = Annotated[int, Query(ge=1, le=200)]


@router.get("", response_model=RemarkList)
async def remarks(
    context: Ctx,
    by: Manager,
    request: Request,
    centre: Centre,
    state: State | None = None,
    cursor: UUID | None = None,
    limit: Limit = 50,
) -> Response:
    """What visitors wrote, or rated badly, the newest first. The `ETag` grows with every change."""
    found = await handlers.listed(context, centre, state=state, before=cursor, limit=limit, by=by)
    following = str(found.rows[-1].id) if len(found.rows) == limit else None
    body = _list(context, found.rows, following)
    response = conditional(request, body, etag=f'W/"{found.version}"')
    response.headers["cache-control"] = "private, no-cache"
    if following:
        query = {"centre": centre, **({"state": state.value} if state else {}), "limit": limit, "cursor": following}
        response.headers["link"] = f'<{PREFIX}?{urlencode(query)}>; rel="next"'
    return response


@router.get("/stream", response_class=Response, responses={200: {"content": {EVENTS: {}}}})
async def stream(context: Ctx, by: Manager, centre: Centre, state: State | None = None, limit: Limit = 50) -> Response:
    """The same list as server-sent events, within a second of every change; `id` is its version. The gateway keeps the
    stream open, and asks anew with the listener's token; this service itself gives one event.
    """
    found = await handlers.listed(context, centre, state=state, before=None, limit=limit, by=by)
    body = _list(context, found.rows, str(found.rows[-1].id) if len(found.rows) == limit else None)
    return Response(live.frame(live.State(found.version, body)), media_type=EVENTS)


@router.get("/{remark_id}")
async def remark(context: Ctx, by: Manager, remark_id: UUID) -> RemarkView:
    """One of them."""
    return RemarkView.of(await handlers.get(context, remark_id, by=by), context.privacy)


@router.get("/{remark_id}/contact")
async def contact(context: Ctx, by: Manager, remark_id: UUID) -> ContactView:
    """To call the visitor back. Every reading is audited."""
    return ContactView.of(await handlers.contact(context, remark_id, by=by))


@router.post("/{remark_id}/answer")
async def answer(context: Ctx, by: Manager, remark_id: UUID, body: AnswerBody, request: Request) -> RemarkView:
    """Once. A visitor who left a contact gets the answer."""
    answered = await handlers.answer(context, remark_id, body.text, answer_id=resource_id(request), by=by)
    return RemarkView.of(answered, context.privacy)


def _list(context: Context, rows: Sequence[Remark], following: str | None) -> bytes:
    items = [RemarkView.of(row, context.privacy) for row in rows]
    return RemarkList(items=items, next=following).model_dump_json().encode()
