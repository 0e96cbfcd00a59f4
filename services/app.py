"""The app factory: a service's routes, consumers, jobs and checks on the chassis, from start to graceful stop."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse, PlainTextResponse
from fastapi.telemetry import TelemetryConfig
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.routing import Route

from services import doctor, telemetry
from services.archive import Archive
from services.clock import Clock, open_clock
from services.consumer import Batch, Consumer, Table
from services.context import Context
from services.edge import Edge
from services.front import PROBLEM_HANDLERS, Front, Hot
from services.idempotency import Idempotency
from services.jobs import Job, lead
from services.openapi import Describe, describe
from services.settings import DatabaseSettings
from services.tasks import end
from services.telemetry import configure_logging

log = structlog.get_logger()
Step = Callable[[Context], Awaitable[None]]
BOOT_RETRY_SECONDS = 0.25
NO_EXPORT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI's own OpenTelemetry records the messages of exceptions and the values of requests: personal data."""


@dataclass(frozen=True)
class Service:
    """What a service brings; the chassis does the rest."""

    name: str
    routers: Sequence[APIRouter] = ()
    hot_routes: Sequence[Route] = ()
    consumers: Table | Batch = field(default_factory=dict)
    replies: Mapping[type[Any], Callable[[Context, Any], Awaitable[Any]]] = field(default_factory=dict)
    jobs: Sequence[Job] = ()
    checks: Sequence[doctor.Check] = ()
    start: Sequence[Step] = ()
    stop: Sequence[Step] = ()
    body_limits: Mapping[str, int | None] = field(default_factory=dict)
    openapi: Sequence[Describe] = ()


def create_app(settings: DatabaseSettings, service: Service, *, clock: Clock | None = None) -> FastAPI:
    """The service as an ASGI app. `clock` is given by tests only."""
    configure_logging(service.name, settings.log_level)
    context = Context(settings, clock or open_clock(settings.clock_file), name=service.name)
    running = Running(service, context)
    app = FastAPI(
        title=service.name,
        lifespan=running.lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # a redirect would name this process, which nobody outside can reach
        telemetry=NO_EXPORT,
        exception_handlers=PROBLEM_HANDLERS,
    )
    app.state.context, app.state.running = context, running
    app.router.routes[:0] = service.hot_routes
    for router in service.routers:
        app.include_router(router)
    app.include_router(_operations(running))
    describe(app, service.openapi)
    app.add_middleware(Hot, routes=service.hot_routes)
    app.add_middleware(
        Front,
        service=service.name,
        timeout_seconds=settings.request_timeout_seconds,
        max_body_bytes=settings.max_body_bytes,
        body_limits=service.body_limits,
        stream_seconds=settings.stream_timeout_seconds,
    )
    running.app = app
    return app


class Running:
    """The life of one process of a service."""

    app: FastAPI

    def __init__(self, service: Service, context: Context) -> None:
        self.service, self.context = service, context
        self.ready = False
        self._tasks: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lifespan(self, _: FastAPI) -> AsyncIterator[None]:
        boot = asyncio.create_task(self._boot(), name="boot")
        try:
            yield
        finally:
            await end([boot])
            await self._stop()

    async def _boot(self) -> None:
        """Waits for the dependencies as long as it takes, while `/livez` already answers."""
        for step in (self._connect, self._identify, self._listen, *self.service.start, self._open):
            await self._persist(step)
        gc.collect()
        gc.freeze()  # what was loaded lives for ever: halves p99 (measurements.md)
        self.ready = True
        log.info("service.ready")

    async def _persist(self, step: Step) -> None:
        """Repeats one step until it succeeds; what was done before it is not done again."""
        while True:
            try:
                await step(self.context)
                return
            except Exception as error:
                log.warning("service.waits", error=telemetry.kind(error), exc_info=error)
                await asyncio.sleep(BOOT_RETRY_SECONDS)

    async def _connect(self, context: Context) -> None:
        await context.db.ping()
        await context.db.start()
        context.put(Idempotency(context.db))

    async def _identify(self, context: Context) -> None:
        await context.auth.load()

    async def _listen(self, context: Context) -> None:
        await context.bus.start()

    async def _open(self, context: Context) -> None:
        """From here on requests and events come in."""
        service = self.service
        replies = {request: partial(answer, context) for request, answer in service.replies.items()}
        await context.bus.respond_all(replies, group=service.name)
        edge = Edge(self.app, max_in_flight=context.settings.max_in_flight)
        await edge.start(context.bus, service.name)
        await Archive(context.db).start(context.bus, service.name)
        consumer = Consumer(context.bus, context.db, context.clock, service=service.name, table=service.consumers)
        self._tasks = [*consumer.start(), asyncio.create_task(lead(context, service.jobs), name="leader")]

    async def _stop(self) -> None:
        """Readiness off, intake stopped, in-flight awaited, closed."""
        self.ready = False
        try:
            await asyncio.wait_for(self.context.bus.stop_intake(), self.context.settings.stop_timeout_seconds)
        except TimeoutError:
            log.warning("service.stopped_with_requests_in_flight")
        await end(self._tasks)
        for step in self.service.stop:
            try:
                await step(self.context)
            except Exception as error:  # e.g. its part was never made; the others are to be closed all the same
                log.warning("service.stop_failed", error=telemetry.kind(error), exc_info=error)
        await self.context.bus.stop()
        await self.context.db.stop()

    async def readiness(self) -> dict[str, str]:
        """Each dependency by name: `ok` or `down`."""
        return {
            "postgres": await _state(self.context.db.ping),
            "nats": "ok" if self.context.bus.connected else "down",
            "started": "ok" if self.ready else "down",
        }


async def _state(ping: Callable[[], Awaitable[None]]) -> str:
    try:
        await asyncio.wait_for(ping(), 2)
    except Exception:
        return "down"
    return "ok"


def _operations(running: Running) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/livez")
    async def livez() -> dict[str, str]:
        return {"status": "ok"}

    @router.get("/readyz")
    async def readyz() -> JSONResponse:
        states = await running.readiness()
        return JSONResponse(states, 200 if set(states.values()) == {"ok"} else 503)

    @router.get("/metrics")
    async def metrics() -> PlainTextResponse:
        return PlainTextResponse(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    @router.get("/doctor")
    async def examine() -> dict[str, list[str]]:
        return {"findings": await doctor.findings(running.context, running.service.checks)}

    return router
