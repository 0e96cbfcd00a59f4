"""Routes of open data (`/open-data/…`): public, the same for everybody, kept by caches for an hour."""

from __future__ import annotations

import orjson
from fastapi import APIRouter, Request, Response

from services.conditional import etag_of, matches
from services.context import Ctx
from stats_svc import opendata
from stats_svc.handlers import publishing

router = APIRouter(tags=["open data"])
KEPT = "public, max-age=3600"


@router.get(opendata.CATALOGUE, summary="What there is, for other catalogues (DCAT-AP)")
async def catalogue(ctx: Ctx, request: Request) -> Response:
    return kept(request, orjson.dumps(await publishing.catalogue(ctx)), "application/ld+json")


@router.get(opendata.CSV, summary="Ratings by month and centre, until yesterday")
async def ratings(ctx: Ctx, request: Request) -> Response:
    return kept(request, await publishing.ratings(ctx), "text/csv; charset=utf-8; header=present")


@router.get(opendata.SCHEMA, summary="What the columns of the ratings mean (Table Schema)")
async def schema(request: Request) -> Response:
    return kept(request, orjson.dumps(opendata.schema()), "application/json")


def kept(request: Request, body: bytes, media_type: str) -> Response:
    etag = etag_of(body)
    headers = {"ETag": etag, "Cache-Control": KEPT, "Access-Control-Allow-Origin": "*"}
    wanted = request.headers.get("if-none-match")
    if wanted and matches(wanted, etag):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=media_type)
