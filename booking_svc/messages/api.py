"""`/c/{token}`: the page of the link to cancel. Opening it changes nothing: programs open links, too."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from booking_svc.messages import handlers
from booking_svc.messages.composing import visit_of
from booking_svc.messages.handlers import Seen
from booking_svc.messages.page import page
from services.context import Context, Ctx, Language

router = APIRouter(prefix="/c", tags=["bookings"], default_response_class=HTMLResponse)


@router.get("/{token}", response_class=HTMLResponse)
async def ask(token: str, context: Ctx, language: Language, request: Request) -> HTMLResponse:
    """Shows the visit and asks; without a login, for whoever has the message."""
    return _shown(context, await handlers.look(context, token), language, request)


@router.post("/{token}", response_class=HTMLResponse)
async def cancel(token: str, context: Ctx, language: Language, request: Request) -> HTMLResponse:
    """Cancels the visit and says so."""
    return _shown(context, await handlers.cancel(context, token), language, request)


def _shown(context: Context, seen: Seen, language: str, request: Request) -> HTMLResponse:
    """In the language asked for in the address, else that of the booking, else the reader's."""
    if seen.booking and "lang" not in request.query_params:
        language = seen.booking.language or language
    return page(seen.state, language, visit_of(context, seen.booking, language) if seen.booking else None)
