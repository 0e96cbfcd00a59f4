"""Routes: parse, call, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from datetime import date
from functools import partial
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import BaseModel

from services.auth import Principal
from services.conditional import CACHE, matches
from services.context import Context, Ctx, Language, context_of, role
from services.idempotency import IdempotentRoute, resource_id
from stats_svc.domain import Group
from stats_svc.handlers import reading
from stats_svc.handlers import rebuilding as rebuilds
from stats_svc.schemas import RatingList, RatingQuery, RebuildView, VisitList, VisitQuery
from stats_svc.settings import Settings

stats = APIRouter(prefix="/api/v1/stats", tags=["statistics"])
rebuilding = APIRouter(prefix="/api/v1/stats/rebuild", tags=["statistics"], route_class=IdempotentRoute)
Admin = Annotated[Principal, role("admin")]


async def reader(request: Request) -> Principal | None:
    """Who asks, if they say so; figures are public. Raises `Unauthenticated` for a token that does not hold."""
    authorization = request.headers.get("authorization")
    return await context_of(request).auth.principal(authorization) if authorization else None


Reader = Annotated[Principal | None, Depends(reader)]


def today(context: Context) -> date:
    settings = context.settings
    assert isinstance(settings, Settings)
    return context.clock.now().astimezone(ZoneInfo(settings.time_zone)).date()


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
