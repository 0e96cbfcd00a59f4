"""Routes: parse, call, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from services.auth import Principal
from services.conditional import CACHE, conditional, matches
from services.context import Context, Ctx, Language, context_of, role
from services.idempotency import IdempotentRoute, resource_id
from services.live import frame
from stats_svc.domain import Group
from stats_svc.handlers import reading, telling
from stats_svc.handlers import rebuilding as rebuilds
from stats_svc.handlers import staff as staff_figures
from stats_svc.handlers.telling import today
from stats_svc.schemas import (
    QuotaList,
    RatingList,
    RatingQuery,
    RebuildView,
    StaffList,
    StaffQuery,
    Today,
    VisitList,
    VisitQuery,
)

stats = APIRouter(prefix="/api/v1/stats", tags=["statistics"])
rebuilding = APIRouter(prefix="/api/v1/stats/rebuild", tags=["statistics"], route_class=IdempotentRoute)
Admin = Annotated[Principal, role("admin")]


async def reader(request: Request) -> Principal | None:
    """Who asks, if they say so; figures are public. Raises `Unauthenticated` for a token that does not hold."""
    authorization = request.headers.get("authorization")
    return await context_of(request).auth.principal(authorization) if authorization else None


Reader = Annotated[Principal | None, Depends(reader)]


@stats.get("/ratings", summary="Ratings, and how sure their shares are", response_model=RatingList)
async def ratings(
    ctx: Ctx, who: Reader, query: Annotated[RatingQuery, Query()], language: Language, request: Request
) -> Response:
    asked = query.asked_of_ratings(today=today(ctx))
    return await answered(request, ctx, who, language, partial(reading.ratings, ctx, asked, by=who, language=language))


@stats.get("/visits", summary="Bookings and visits, waiting and service time", response_model=VisitList)
async def visits(
    ctx: Ctx, who: Reader, query: Annotated[VisitQuery, Query()], language: Language, request: Request
) -> Response:
    asked = query.asked(Group(query.group_by), today=today(ctx))
    return await answered(request, ctx, who, language, partial(reading.visits, ctx, asked, by=who, language=language))


@stats.get("/quota", summary="Wishes that were refused, by reason", response_model=QuotaList)
async def quota(
    ctx: Ctx, who: Reader, query: Annotated[VisitQuery, Query()], language: Language, request: Request
) -> Response:
    asked = query.asked(Group(query.group_by), today=today(ctx))
    return await answered(request, ctx, who, language, partial(reading.quota, ctx, asked, by=who, language=language))


@stats.get("/staff", summary="Quantity and quality of a centre's desks, for its manager", response_model=StaffList)
async def staff(
    ctx: Ctx, who: Reader, query: Annotated[StaffQuery, Query()], language: Language, request: Request
) -> Response:
    asked = query.asked(Group.DESK, today=today(ctx))
    return await answered(
        request, ctx, who, language, partial(staff_figures.staff, ctx, asked, by=who, language=language)
    )


@stats.get("/today", summary="Today's figures", response_model=Today)
async def read_today(ctx: Ctx, request: Request) -> Response:
    """The same for everybody. The `ETag` is its version."""
    state = await telling.today_state(ctx)
    return conditional(request, state.body, etag=f'W/"{state.version}"')


@stats.get("/live", response_class=Response, responses={200: {"content": {"text/event-stream": {}}}})
async def live(ctx: Ctx) -> Response:
    """Today's figures as server-sent events, whenever they change; `id` is their version. The gateway keeps the stream
    open; this service itself gives one event.
    """
    return Response(frame(await telling.today_state(ctx)), media_type="text/event-stream")


@rebuilding.post("", status_code=202, summary="Make all figures anew from the archives of events")
async def rebuild(ctx: Ctx, by: Admin, request: Request) -> RebuildView:
    return RebuildView.of(await rebuilds.request(ctx, resource_id(request)))


@rebuilding.get("", summary="How far the newest one has come")
async def read_rebuild(ctx: Ctx, by: Admin) -> RebuildView:
    return RebuildView.of(await rebuilds.newest(ctx))


async def answered(
    request: Request, ctx: Context, who: Principal | None, language: str, figures: Callable[[], Awaitable[BaseModel]]
) -> Response:
    """The figures; 304 where nothing of any figure has changed since the reader had them."""
    etag = tag(await reading.revision(ctx), request.url.query, language, repr(who), today(ctx))
    headers = {"ETag": etag, "Cache-Control": CACHE, "Vary": "Accept-Language, Authorization"}
    wanted = request.headers.get("if-none-match")
    if wanted and matches(wanted, etag):
        return Response(status_code=304, headers=headers)
    body = (await figures()).model_dump_json()
    return Response(body, headers=headers, media_type="application/json")


def tag(*parts: object) -> str:
    """Weak: equal figures may be told with another total of what changed elsewhere."""
    return f'W/"{hashlib.blake2b(repr(parts).encode(), digest_size=12).hexdigest()}"'
