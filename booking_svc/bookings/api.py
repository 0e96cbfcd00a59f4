"""Routes of bookings (api.md "Bookings"): parse, call, answer. The hold is a hot route."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from pydantic import ValidationError
from starlette.routing import Route

from booking_svc.bookings import handlers
from booking_svc.bookings.handlers import Holds
from booking_svc.bookings.handlers.item import Held
from booking_svc.bookings.schemas import BookingList, BookingView, Contact, TicketKeys, Wish
from booking_svc.bookings.tickets import Tickets, calendar, qr_svg
from booking_svc.bookings.views import held_bytes, ticket_of, view, view_each, view_in_line
from booking_svc.catalogue.memory import Catalogue
from services.context import Ctx, Language, Who, context_of
from services.errors import InvalidRequest, NotFound
from services.front import invalid_field
from services.idempotency import IdempotentRoute, once, repeated, resource_id
from services.language import choose

PREFIX = "/api/v1/bookings"
router = APIRouter(prefix=PREFIX, route_class=IdempotentRoute, tags=["bookings"])
keys_router = APIRouter(tags=["bookings"])


async def hold(request: Request) -> Response:
    """`POST /api/v1/bookings`: 201 with the held booking."""
    context = context_of(request)
    by = await context.auth.principal(request.headers.get("authorization"))
    try:
        wish = Wish.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidRequest([invalid_field(item) for item in error.errors(include_input=False)]) from None
    booking_id = resource_id(request)
    made = await context.get(Holds).hold(
        wish, by=by, booking_id=booking_id, repeated=repeated(request), language=choose(request.scope)
    )
    body = held_bytes(made) if isinstance(made, Held) else view(context, made, by=by).model_dump_json().encode()
    return Response(body, 201, {"location": f"{PREFIX}/{booking_id}"}, "application/json")


async def hold_once(request: Request) -> Response:
    return await once(request, hold)


HOT_ROUTES = [Route(PREFIX, hold_once, methods=["POST"])]


def describe(document: dict[str, Any]) -> None:
    """The hold's part of the OpenAPI document."""
    wish = Wish.model_json_schema(ref_template="#/components/schemas/{model}")
    document["components"]["schemas"] |= wish.pop("$defs") | {"Wish": wish}
    document["paths"][PREFIX]["post"] = {
        "tags": ["bookings"],
        "summary": "Hold a place for a few minutes",
        "operationId": "hold",
        "requestBody": {"required": True, "content": {"application/json": {"schema": reference("Wish")}}},
        "responses": {
            "201": {
                "description": "Held until `expires_at`",
                "headers": {"Location": {"schema": {"type": "string"}}},
                "content": {"application/json": {"schema": reference("BookingView")}},
            }
        },
    }


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


@router.post("/{booking_id}/confirm")
async def confirm(booking_id: UUID, context: Ctx, by: Who) -> BookingView:
    """The ticket. Confirming again answers the same."""
    return view(context, await handlers.confirm(context, booking_id, by=by), by=by)


@router.post("/{booking_id}/cancel")
async def cancel(booking_id: UUID, context: Ctx, by: Who, request: Request) -> BookingView:
    """The place goes back at once; a confirmed booking may still count in the quota."""
    return view(context, await handlers.cancel(context, booking_id, by=by, repeated=repeated(request)), by=by)


@router.get("")
async def own(
    context: Ctx,
    by: Who,
    response: Response,
    cursor: UUID | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> BookingList:
    """One's own bookings, the newest first."""
    found = await handlers.own(context, by=by, before=cursor, limit=limit)
    following = str(found[-1].id) if len(found) == limit else None
    if following:
        response.headers["link"] = f'<{PREFIX}?cursor={following}&limit={limit}>; rel="next"'
    return BookingList(items=await view_each(context, found, by=by), next=following)


@router.get("/{booking_id}")
async def get(booking_id: UUID, context: Ctx, by: Who) -> BookingView:
    """With what can be done with it now; on the day of the visit with the place in line and the usual waits."""
    return await view_in_line(context, await handlers.get(context, booking_id, by=by), by=by)


@router.put("/{booking_id}/contact")
async def put_contact(booking_id: UUID, body: Contact, context: Ctx, by: Who) -> BookingView:
    """Where its owner is told of changes and reminded, while it is held or confirmed. Replaces what was left before."""
    return view(context, await handlers.put_contact(context, booking_id, body, by=by), by=by)


@router.delete("/{booking_id}/contact", status_code=204)
async def delete_contact(booking_id: UUID, context: Ctx, by: Who) -> None:
    """Nothing is sent any more."""
    await handlers.put_contact(context, booking_id, None, by=by)


@router.get("/{booking_id}/calendar.ics", response_class=Response)
async def calendar_file(booking_id: UUID, context: Ctx, by: Who, language: Language) -> Response:
    """The visit for one's calendar, in the caller's language and the centre's zone."""
    found = await handlers.get(context, booking_id, by=by)
    catalogue = context.get(Catalogue)
    centre, service = catalogue.centre(found.centre), catalogue.service(found.service)
    ticket = ticket_of(context, found)
    if centre is None or service is None or ticket is None:
        raise NotFound
    content = calendar(
        found.id,
        summary=f"{service.name[language]} · № {ticket.number}",
        place=f"{centre.name[language]}, {centre.address[language]}",
        starts_at=found.starts_at.astimezone(centre.zone),
        length=timedelta(minutes=service.duration_minutes),
        now=context.clock.now(),
    )
    return Response(content, media_type="text/calendar; charset=utf-8")


@router.get("/{booking_id}/ticket.svg", response_class=Response)
async def ticket_code(booking_id: UUID, context: Ctx, by: Who) -> Response:
    """The ticket's token as a QR code; only a confirmed booking has one."""
    ticket = ticket_of(context, await handlers.get(context, booking_id, by=by))
    if ticket is None:
        raise NotFound
    return Response(qr_svg(ticket.token), media_type="image/svg+xml")


@keys_router.get("/api/v1/ticket-keys")
async def ticket_keys(context: Ctx) -> TicketKeys:
    """Public: the keys that a scanner without a network verifies tickets with (RFC 7517)."""
    return TicketKeys.model_validate(context.get(Tickets).public_keys())
