"""What clients read about the API: one merged OpenAPI document, its page, and the events as AsyncAPI."""

from __future__ import annotations

import asyncio
import time
from importlib import resources
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from gateway.routes import SERVICES
from gateway.settings import Settings
from services import edge
from services.bus import Bus
from services.contracts.golden import asyncapi
from services.errors import Unavailable

TITLE = "Vizyt"
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Vizyt API</title>
<link rel="stylesheet" href="/docs/static/swagger-ui.css"></head>
<body><main id="swagger"></main>
<script src="/docs/static/swagger-ui-bundle.js"></script><script src="/docs/start.js"></script></body></html>"""
START = 'SwaggerUIBundle({url: "/api/v1/openapi.json", dom_id: "#swagger", deepLinking: true});'
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:;"
    " connect-src 'self'; frame-ancestors 'none'"
)

SERVICE_STATES = {"type": "object", "additionalProperties": {"enum": ["ok", "down"]}}
STATES = {"type": "object", "required": ["services"], "properties": {"services": SERVICE_STATES}}
OWN_PATHS = {
    "/api/v1/status": {
        "get": {
            "tags": ["operations"],
            "summary": "Which services answer",
            "operationId": "status",
            "responses": {
                "200": {"description": "All", "content": {"application/json": {"schema": STATES}}},
                "503": {"description": "Not all", "content": {"application/json": {"schema": STATES}}},
            },
        }
    }
}


def routes(bus: Bus, settings: Settings) -> list[BaseRoute]:
    merged = Merged(bus, keep_seconds=settings.openapi_cache_seconds)

    async def openapi(_: Request) -> Response:
        return Response(await merged.document(), media_type="application/json")

    async def docs(_: Request) -> Response:
        return HTMLResponse(PAGE, headers={"content-security-policy": POLICY})

    async def start(_: Request) -> Response:
        return Response(START, media_type="text/javascript")

    async def events(_: Request) -> Response:
        return Response(orjson.dumps(asyncapi()), media_type="application/json")

    static = StaticFiles(directory=str(resources.files("fastapi_offline") / "static"))
    return [
        Route("/api/v1/openapi.json", openapi),
        Mount("/docs/static", static),
        Route("/docs/start.js", start),
        Route("/docs", docs),
        Route("/asyncapi.json", events),
    ]


class Merged:
    """The services' documents as one, remembered for a while. Raises `Unavailable` when a service was never up."""

    def __init__(self, bus: Bus, *, keep_seconds: float) -> None:
        self._bus, self._keep_seconds = bus, keep_seconds
        self._body, self._until = b"", 0.0

    async def document(self) -> bytes:
        if time.monotonic() >= self._until:
            try:
                parts = await asyncio.gather(*(self._fetch(service) for service in SERVICES))
            except Unavailable:
                if not self._body:
                    raise
                return self._body  # what it was before the service went down
            self._body = orjson.dumps(merge(dict(zip(SERVICES, parts, strict=True))))
            self._until = time.monotonic() + self._keep_seconds
        return self._body

    async def _fetch(self, service: str) -> dict[str, Any]:
        exchange = edge.Exchange("GET", "/openapi.json", "", [], b"", time.time() + 4)
        answer = await edge.call(self._bus, service, exchange)
        if answer.status != 200:
            raise Unavailable
        document: dict[str, Any] = orjson.loads(answer.body)
        return document


def merge(parts: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """All paths and schemas. A name that means different things in two services gets the service's name in front."""
    clashing = _clashing([part.get("components", {}).get("schemas", {}) for part in parts.values()])
    paths: dict[str, Any] = dict(OWN_PATHS)
    schemas: dict[str, Any] = {}
    for service, part in parts.items():
        shared = clashing & part.get("components", {}).get("schemas", {}).keys()
        renamed = _rename(part, {name: f"{service}_{name}" for name in shared})
        paths |= renamed["paths"]
        schemas |= renamed.get("components", {}).get("schemas", {})
    bearer = {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}
    return {
        "openapi": "3.1.0",
        "info": {"title": TITLE, "version": "1"},
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": schemas, "securitySchemes": {"bearer": bearer}},
        "security": [{}, {"bearer": []}],
    }


def _clashing(owned: list[dict[str, Any]]) -> set[str]:
    """Names that several services use for different schemas, or for equal ones that refer to such a name."""
    texts: dict[str, list[str]] = {}
    for schemas in owned:
        for name, schema in schemas.items():
            texts.setdefault(name, []).append(orjson.dumps(schema, option=orjson.OPT_SORT_KEYS).decode())
    shared = {name: written for name, written in texts.items() if len(written) > 1}
    clashing = {name for name, written in shared.items() if len(set(written)) > 1}
    while more := {
        name
        for name, written in shared.items()
        if name not in clashing and any(f'"#/components/schemas/{other}"' in written[0] for other in clashing)
    }:
        clashing |= more
    return clashing


def _rename(part: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    text = orjson.dumps(part).decode()
    for old, new in names.items():
        text = text.replace(f'"#/components/schemas/{old}"', f'"#/components/schemas/{new}"')
    renamed: dict[str, Any] = orjson.loads(text)
    schemas = renamed.get("components", {}).get("schemas", {})
    for old, new in names.items():
        schemas[new] = schemas.pop(old)
    return renamed
