"""Routes of the board (api.md "The day in the centre")."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from booking_svc.board import handlers
from booking_svc.board.handlers.telling import state
from booking_svc.board.schemas import BoardView, Comparisons
from booking_svc.board.views import comparison
from services.auth import Principal
from services.conditional import conditional
from services.context import Ctx, role
from services.live import frame

router = APIRouter(prefix="/api/v1/centres/{centre}", tags=["board"])
Manager = Annotated[Principal, role("manager")]
EVENTS = "text/event-stream"


@router.get("/board", response_model=BoardView)
async def board(centre: str, request: Request, context: Ctx) -> Response:
    """Public: which tickets are called to which desks, which wait, and how long. The `ETag` is its version."""
    shown = state(context, await handlers.board(context, centre))
    return conditional(request, shown.body, etag=f'W/"{shown.version}"')


@router.get("/board/stream", response_class=Response, responses={200: {"content": {EVENTS: {}}}})
async def stream(centre: str, context: Ctx) -> Response:
    """Public: the board as server-sent events, whenever it changes; `id` is its version. The gateway keeps the stream
    open; this service itself gives one event.
    """
    shown = state(context, await handlers.board(context, centre))
    return Response(frame(shown), media_type=EVENTS)


@router.get("/waits")
async def waits(
    centre: str,
    context: Ctx,
    by: Manager,
    first: Annotated[date, Query(alias="from")],
    last: Annotated[date, Query(alias="to")],
) -> Comparisons:
    """How long visitors waited, beside the estimates that they were shown; days included, a quarter at most."""
    rows = await handlers.comparisons(context, centre, first, last, by=by)
    return Comparisons(items=[comparison(row) for row in rows])
