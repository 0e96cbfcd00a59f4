"""Composition: the gateway's own routes, and the hop for all others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import documents, operations
from gateway.hop import Hop
from gateway.live import TIMEOUT_SECONDS, Apart, Live, hub
from gateway.pages.app import Site
from gateway.pages.streams import WithSession
from gateway.routes import ROUTES, find
from gateway.settings import Settings
from services import telemetry
from services.bus import Bus
from services.clock import Clock, open_clock
from services.front import PROBLEM_HANDLERS, Caught, Front
from services.live import Hub
from services.server import ENDINGS
from services.tasks import end

log = structlog.get_logger()


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> ASGIApp:
    settings = settings or Settings()
    telemetry.configure_logging("gateway", settings.log_level)
    bus = Bus(settings.nats_url.get_secret_value(), name="gateway")
    hop, listeners = Hop(bus, settings), hub(bus, settings)
    site = Site.create(settings, api=_api(hop, settings), clock=clock or open_clock(settings.clock_file))
    own = Starlette(
        routes=[*operations.routes(bus), *documents.routes(bus, settings), *site.routes()],
        lifespan=_lifespan(bus, listeners, site),
        exception_handlers=PROBLEM_HANDLERS | {HTTPException: site.unknown},
        middleware=[Middleware(Caught)],
    )
    own.router.redirect_slashes = False
    front = Front(
        Split(hop, own),
        service="gateway",
        timeout_seconds=settings.stream_timeout_seconds,
        max_body_bytes=settings.max_body_bytes,
        body_limits={prefix: None for prefix, route in ROUTES.items() if route.streamed},
    )
    live = WithSession(Live(listeners, heartbeat_seconds=settings.live_heartbeat_seconds), site.login.sessions)
    streams = Front(live, service="gateway streams", timeout_seconds=TIMEOUT_SECONDS, max_body_bytes=0, body_limits={})
    return Apart(streams, front)


def _api(hop: Hop, settings: Settings) -> ASGIApp:
    """The public API for the gateway's own pages: with the limits and the problem documents that everybody gets."""
    seconds, limit = settings.request_timeout_seconds, settings.max_body_bytes
    return Front(hop, service="gateway pages", timeout_seconds=seconds, max_body_bytes=limit, body_limits={})


class Split:
    """What a service answers goes over the hop at once, past the gateway's own routing: the hot path."""

    def __init__(self, hop: ASGIApp, own: ASGIApp) -> None:
        self._hop, self._own = hop, own

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        away = scope["type"] == "http" and find(scope["path"])
        await (self._hop if away else self._own)(scope, receive, send)


def _lifespan(bus: Bus, listeners: Hub, site: Site):  # type: ignore[no-untyped-def]  # Starlette's own type is a private union
    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[dict[str, Any]]:
        tasks = [asyncio.create_task(_connect(bus)), asyncio.create_task(listeners.run())]
        try:
            yield {ENDINGS: [listeners.end]}
        finally:
            await end(tasks)
            await site.login.close()
            await bus.stop()

    return lifespan


async def _connect(bus: Bus) -> None:
    """Waits for NATS as long as it takes; meanwhile everything that needs it answers 503."""
    while not bus.connected:
        try:
            await bus.start()
        except Exception as error:
            log.warning("gateway.waits", error=telemetry.kind(error))
            await asyncio.sleep(0.25)
