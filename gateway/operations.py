"""The gateway's own state and everybody's (api.md "Operations")."""

from __future__ import annotations

import asyncio
import time

from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from gateway.routes import SERVICES
from services import edge
from services.bus import Bus
from services.errors import Unavailable

PATIENCE_SECONDS = 2.0


def routes(bus: Bus) -> list[Route]:
    async def status(_: Request) -> Response:
        states = await asyncio.gather(*(_state(bus, service) for service in SERVICES))
        all_up = set(states) == {"ok"}
        headers = {} if all_up else {"retry-after": "2"}
        body = {"services": dict(zip(SERVICES, states, strict=True))}
        return JSONResponse(body, 200 if all_up else 503, headers)

    async def livez(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def readyz(_: Request) -> Response:
        """Needs NATS only: one dead service does not make the gateway unready."""
        return JSONResponse({"nats": "ok" if bus.connected else "down"}, 200 if bus.connected else 503)

    async def metrics(_: Request) -> Response:
        return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)

    return [
        Route("/api/v1/status", status),
        Route("/livez", livez),
        Route("/readyz", readyz),
        Route("/metrics", metrics),
    ]


async def _state(bus: Bus, service: str) -> str:
    exchange = edge.Exchange("GET", "/readyz", "", [], b"", time.time() + PATIENCE_SECONDS)
    try:
        answer = await edge.call(bus, service, exchange)
    except Unavailable:
        return "down"
    return "ok" if answer.status == 200 else "down"
