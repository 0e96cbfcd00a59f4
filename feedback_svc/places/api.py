"""Routes of desks' codes (api.md "Feedback"): parse, call, answer."""

from __future__ import annotations

import asyncio
from typing import Annotated, Literal

from fastapi import APIRouter, Request, Response

from feedback_svc.places import handlers, pictures
from feedback_svc.places.domain import Place
from feedback_svc.places.schemas import CodeView
from feedback_svc.places.sheets import sheets
from feedback_svc.settings import Settings
from services.auth import Principal
from services.context import Context, Ctx, role
from services.errors import NotFound
from services.idempotency import IdempotentRoute, resource_id

router = APIRouter(prefix="/api/v1/feedback", tags=["feedback"], route_class=IdempotentRoute)
Manager = Annotated[Principal, role("manager", "admin")]
Way = Literal["page", "telegram"]


def settings(context: Context) -> Settings:
    assert isinstance(context.settings, Settings)
    return context.settings


@router.get("/desks/{desk}")
async def read_code(desk: str, context: Ctx, by: Manager) -> CodeView:
    """The code that the desk shows now, for the manager of its centre."""
    return CodeView.of(await handlers.desk(context, desk, by=by), settings(context))


@router.post("/desks/{desk}/revoke")
async def revoke_code(desk: str, context: Ctx, by: Manager, request: Request) -> CodeView:
    """The code holds no more, and the desk has a new one: print the sheet again."""
    place = await handlers.revoke(context, desk, code_id=resource_id(request), by=by)
    return CodeView.of(place, settings(context))


@router.get("/desks/{desk}/qr.svg", response_class=Response, responses={200: {"content": {"image/svg+xml": {}}}})
async def code_as_svg(desk: str, context: Ctx, by: Manager, way: Way = "page") -> Response:
    """The code as a vector picture. `way`: to the page, or to a chat with the bot in Telegram, if there is one."""
    return Response(pictures.svg(await _url(context, desk, by, way=way)), media_type="image/svg+xml")


@router.get("/desks/{desk}/qr.png", response_class=Response, responses={200: {"content": {"image/png": {}}}})
async def code_as_png(desk: str, context: Ctx, by: Manager, way: Way = "page") -> Response:
    """The code as a picture of dots."""
    return Response(pictures.png(await _url(context, desk, by, way=way)), media_type="image/png")


@router.get("/desks/{desk}/sheet.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}})
async def sheet(desk: str, context: Ctx, by: Manager) -> Response:
    """The sheet to print and to hang at the desk: A4."""
    return await _printed(context, [await handlers.desk(context, desk, by=by)], f"feedback-{desk}.pdf")


@router.get(
    "/centres/{centre}/sheets.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}}
)
async def sheets_of_centre(centre: str, context: Ctx, by: Manager) -> Response:
    """The sheets of all desks of the centre."""
    places = await handlers.desks(context, centre, by=by)
    return await _printed(context, [place for place in places if place.code], f"feedback-{centre}.pdf")


async def _url(context: Context, desk: str, by: Principal, *, way: Way) -> str:
    code = CodeView.of(await handlers.desk(context, desk, by=by), settings(context))
    url = code.url if way == "page" else code.telegram_url
    if url is None:
        raise NotFound
    return url


async def _printed(context: Context, places: list[Place], name: str) -> Response:
    content = await asyncio.to_thread(sheets, places, settings(context).public_url, now=context.clock.now())
    headers = {"content-disposition": f'inline; filename="{name}"'}
    return Response(content, headers=headers, media_type="application/pdf")
