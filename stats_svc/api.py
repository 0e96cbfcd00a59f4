"""Routes: parse, call, answer."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated

import orjson
from fastapi import APIRouter, Depends, Path, Query, Request, Response
from pydantic import BaseModel

from services.auth import Principal
from services.conditional import CACHE, conditional, matches
from services.context import Context, Ctx, Language, context_of, role
from services.errors import InvalidRequest
from services.idempotency import IdempotentRoute, resource_id
from services.live import frame
from stats_svc.domain import Group
from stats_svc.handlers import reading, reporting, telling
from stats_svc.handlers import rebuilding as rebuilds
from stats_svc.handlers import staff as staff_figures
from stats_svc.handlers.telling import today
from stats_svc.reports.domain import named
from stats_svc.reports.html import POLICY
from stats_svc.schemas import (
    Code,
    QuotaList,
    RatingList,
    RatingQuery,
    RebuildView,
    ReportQuery,
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


@stats.get("/reports/{organisation}/{name}", summary="A year or a quarter of an organisation or a centre")
async def report(
    ctx: Ctx,
    by: Annotated[Principal, role("manager", "analyst", "admin")],
    organisation: Annotated[Code, Path()],
    name: Annotated[str, Path(description="`2025` or `2025-Q1`, with `.html`, `.pdf` or `.xlsx`; without, JSON")],
    query: Annotated[ReportQuery, Query()],
    language: Language,
) -> Response:
    """Beside the same days of the year before. Small cells are hidden: it may be read aloud."""
    found = named(name)
    if found is None:
        raise InvalidRequest.field("name", "2020 or 2020-Q1, with .html, .pdf, .xlsx or nothing")
    period, form = found
    made = await reporting.report(ctx, reporting.Wanted(organisation, query.centre, period), by=by, language=language)
    if form == "json":
        return Response(orjson.dumps(made), media_type="application/json")
    file = f"{query.centre or organisation}-{period}.{form}"
    body = await reporting.rendered(ctx, made, form, language)
    return Response(body, headers=headers_of(file), media_type=MEDIA[form])


def headers_of(file: str) -> dict[str, str]:
    """A page is shown, the others are files."""
    if file.endswith(".html"):
        return {"Content-Security-Policy": POLICY}
    return {"Content-Disposition": f'attachment; filename="{file}"'}


MEDIA = {
    "html": "text/html; charset=utf-8",
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


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
