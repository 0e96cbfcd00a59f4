"""A gateway on a real port, and small services behind it that tell what they were asked."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, create_model

from gateway.app import create
from gateway.routes import SERVICES
from gateway.settings import Settings
from services.bus import Bus
from services.edge import Edge
from services.errors import IllegalTransition
from services.front import PROBLEM_HANDLERS, Front
from services.local.ports import any_free
from services.server import Server
from services.testing import Stack, eventually


class Place(BaseModel):
    """In booking_svc: by name."""

    name: str


Other = create_model("Place", number=(int, ...))
"""In quota_svc: another schema of the same name."""


class Row(BaseModel):
    places: list[Other]  # type: ignore[valid-type]


def booking_app() -> FastAPI:
    """Stands where booking_svc stands."""
    app = _app("booking_svc")

    @app.post("/api/v1/places")
    async def place(body: Place) -> Place:
        return body

    @app.post("/api/v1/admin/import")
    async def load(request: Request) -> dict[str, Any]:
        digest, size = hashlib.sha256(), 0
        async for chunk in request.stream():
            digest.update(chunk)
            size += len(chunk)
        return {"size": size, "sha256": digest.hexdigest(), "headers": dict(request.headers), "url": str(request.url)}

    @app.get("/api/v1/centres/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    @app.get("/api/v1/centres/crash")
    async def crash() -> None:
        raise RuntimeError("1759013776")

    @app.get("/api/v1/centres/refused")
    async def refused() -> None:
        raise IllegalTransition(state="held")

    @app.get("/api/v1/centres/large")
    async def large() -> Response:
        return Response(b"x" * 9 * 1024 * 1024)

    _echo(app, "booking_svc")
    return app


def quota_app() -> FastAPI:
    """Stands where quota_svc stands."""
    app = _app("quota_svc")

    @app.post("/api/v1/rows")
    async def row(body: Row) -> Other:  # type: ignore[valid-type]
        return body.places[0]

    _echo(app, "quota_svc")
    return app


def other_app(name: str) -> FastAPI:
    """Stands where any other service stands."""
    app = _app(name)
    _echo(app, name)
    return app


@asynccontextmanager
async def all_others(stack: Stack) -> AsyncIterator[None]:
    """Every service that the tests do not look at answers."""
    async with AsyncExitStack() as running:
        for name in SERVICES:
            if name not in ("booking_svc", "quota_svc"):
                await running.enter_async_context(answering(stack, name, other_app(name)))
        yield


def _app(name: str) -> FastAPI:
    app = FastAPI(exception_handlers=PROBLEM_HANDLERS)
    app.state.ready = True

    @app.get("/readyz", include_in_schema=False)
    async def readyz(response: Response) -> None:
        response.status_code = 200 if app.state.ready else 503

    front = {"timeout_seconds": 10, "max_body_bytes": 1024 * 1024, "body_limits": {"/api/v1/admin/import": None}}
    app.add_middleware(Front, service=name, **front)
    return app


def _echo(app: FastAPI, name: str) -> None:
    @app.api_route("/{rest:path}", methods=["GET", "POST", "PUT", "DELETE"], include_in_schema=False)
    async def echo(request: Request) -> Response:
        told = {
            "by": name,
            "method": request.method,
            "path": request.url.path,
            "query": request.url.query,
            "headers": dict(request.headers),
            "body": len(await request.body()),
        }
        return JSONResponse(told, 202, {"etag": '"7"'})


@asynccontextmanager
async def listening(app: Any, *, port: int | None = None) -> AsyncIterator[str]:
    """The app under a real uvicorn on a free port; gives its address."""
    port = port or any_free()
    config = uvicorn.Config(
        app, port=port, log_config=None, ws="none", timeout_graceful_shutdown=2, proxy_headers=False
    )
    server = Server(config)
    task = asyncio.create_task(server._serve())

    async def up() -> bool:
        return server.started

    try:
        await eventually(up)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        await task


@asynccontextmanager
async def answering(stack: Stack, name: str, app: FastAPI) -> AsyncIterator[FastAPI]:
    """The app as a process of the service `name` behind the hop."""
    bus = Bus(stack.servers.nats_url, name=name)
    await bus.start()
    await Edge(app, max_in_flight=100).start(bus, name)
    await bus.nc.flush()
    try:
        yield app
    finally:
        await bus.stop_intake()
        await bus.stop()


@asynccontextmanager
async def fronting(stack: Stack, **more: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a running gateway."""
    settings = Settings(**{"NATS_URL": stack.servers.nats_url, "LOG_LEVEL": "ERROR", **more})
    async with (
        listening(create(settings)) as address,
        httpx.AsyncClient(base_url=address, timeout=30, trust_env=False) as client,
    ):
        if "NATS_URL" not in more:

            async def ready() -> bool:
                return (await client.get("/readyz")).status_code == 200

            await eventually(ready)
        yield client
