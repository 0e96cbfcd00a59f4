"""Composition root of feedback_svc."""

from __future__ import annotations

from fastapi import FastAPI

from feedback_svc import consumers
from feedback_svc.checks import CHECKS
from feedback_svc.places import api as places_api
from feedback_svc.places import handlers as places
from feedback_svc.sessions import api as sessions_api
from feedback_svc.sessions.handlers import Submits, sweep
from feedback_svc.settings import Settings
from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.jobs import Job


async def start(context: Context) -> None:
    context.put(Submits(context))


async def stop(context: Context) -> None:
    await context.get(Submits).drain()


SERVICE = Service(
    name="feedback_svc",
    routers=[sessions_api.router, places_api.router],
    hot_routes=sessions_api.HOT_ROUTES,
    openapi=[sessions_api.describe],
    consumers=consumers.TABLE,
    jobs=[Job("places", places.compare, every_seconds=300), Job("sweep", sweep, every_seconds=60)],
    checks=CHECKS,
    start=[start],
    stop=[stop],
)


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    return create_app(settings or Settings(), SERVICE, clock=clock)
