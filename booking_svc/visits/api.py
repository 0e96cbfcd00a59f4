"""Routes of the day in the centre (api.md): parse, call, answer."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Request, Response

from booking_svc.visits import handlers
from booking_svc.visits.schemas import BookedNames, CheckIn, Comparison, Finish, Match, Shown, VisitView
from booking_svc.visits.views import view
from services.auth import Principal
from services.context import Ctx, role
from services.errors import InvalidRequest
from services.idempotency import IdempotentRoute, repeated, resource_id

router = APIRouter(prefix="/api/v1", route_class=IdempotentRoute, tags=["visits"])
Administrator = Annotated[Principal, role("administrator")]
Reception = Annotated[Principal, role("terminal", "administrator")]


@router.post("/bookings/{booking_id}/check-in")
async def check_in(booking_id: UUID, context: Ctx, by: Reception) -> VisitView:
    """Can be called from then on. Checking in again answers the same."""
    return view(context, await handlers.check_in(context, booking_id, by=by))


@router.post("/check-in")
async def check_in_by_ticket(body: CheckIn, context: Ctx, by: Reception) -> VisitView:
    """By the token out of the ticket's QR code, or by a number of today in the own centre."""
    if (body.ticket is None) == (body.ticket_token is None):
        raise InvalidRequest.field("ticket_token", "a token or a number is needed, not both")
    if body.ticket_token is not None:
        return view(context, await handlers.check_in_by_token(context, body.ticket_token, by=by))
    found = await handlers.check_in_by_number(context, body.ticket or 0, priority=body.priority, by=by)
    return view(context, found)


@router.post("/desks/{desk}/call", response_model=VisitView, responses={204: {"description": "Nobody waits"}})
async def call(desk: str, request: Request, context: Ctx, by: Administrator) -> VisitView | Response:
    """The next visitor: priority first, then by the place in line."""
    call_id, again = resource_id(request), repeated(request)
    called = await handlers.call(context, desk, by=by, call_id=call_id, repeated=again)
    return view(context, called) if called else Response(status_code=204)


@router.get("/visits/{visit}")
async def get(visit: UUID, context: Ctx, by: Administrator) -> VisitView:
    return view(context, await handlers.get(context, visit, by=by))


@router.post("/visits/{visit}/recall")
async def recall(visit: UUID, request: Request, context: Ctx, by: Administrator) -> VisitView:
    """Calls the same visitor again."""
    return view(context, await handlers.recall(context, visit, by=by, recall_id=resource_id(request)))


@router.post("/visits/{visit}/skip")
async def skip(visit: UUID, request: Request, context: Ctx, by: Administrator) -> VisitView:
    """Back in line, once; the desk is free again."""
    return view(context, await handlers.skip(context, visit, by=by, repeated=repeated(request)))


@router.post("/visits/{visit}/missed")
async def missed(visit: UUID, request: Request, context: Ctx, by: Administrator) -> VisitView:
    """A no-show, after three calls; the desk is free again."""
    return view(context, await handlers.missed(context, visit, by=by, repeated=repeated(request)))


@router.post("/visits/{visit}/compare")
async def compare(visit: UUID, body: Shown, context: Ctx, by: Administrator) -> Comparison:
    """What `verify` would find, beside the booked names, before anything is decided; audited."""
    booked, differs = await handlers.compare(context, visit, body, by=by)
    return Comparison(match=not differs, differs=differs, booked=BookedNames(**booked._asdict()))


@router.post("/visits/{visit}/verify")
async def verify(visit: UUID, body: Shown, context: Ctx, by: Administrator) -> Match:
    """Compares the document with the booking; a mismatch refuses the visit."""
    await handlers.verify(context, visit, body, by=by)
    return Match()


@router.post("/visits/{visit}/start")
async def start(visit: UUID, request: Request, context: Ctx, by: Administrator) -> VisitView:
    return view(context, await handlers.start(context, visit, by=by, repeated=repeated(request)))


@router.post("/visits/{visit}/finish")
async def finish(visit: UUID, body: Finish, request: Request, context: Ctx, by: Administrator) -> VisitView:
    """With the outcome; the desk is free again."""
    return view(context, await handlers.finish(context, visit, body, by=by, repeated=repeated(request)))
