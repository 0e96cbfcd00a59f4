"""Composition root of feedback_svc."""

from __future__ import annotations

from fastapi import FastAPI

from feedback_svc import admin, consumers
from feedback_svc.checks import CHECKS
from feedback_svc.imports import api as imports_api
from feedback_svc.places import api as places_api
from feedback_svc.places import handlers as places
from feedback_svc.ratings import api as ratings_api
from feedback_svc.remarks import api as remarks_api
from feedback_svc.remarks import sending
from feedback_svc.retention import handlers as retention
from feedback_svc.sessions import api as sessions_api
from feedback_svc.sessions.handlers import Submits, sweep
from feedback_svc.settings import Settings
from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.jobs import Job
from services.messages import Messages, open_messages


async def start(context: Context) -> None:
    assert isinstance(context.settings, Settings)
    context.put(open_messages(context.settings.messages, context.clock))
    context.put(Submits(context))
    context.put(retention.Daily())


async def stop(context: Context) -> None:
    await context.get(Submits).drain()
    await context.get(Messages).close()


SERVICE = Service(
    name="feedback_svc",
    routers=[
        sessions_api.router,
        places_api.router,
        remarks_api.router,
        ratings_api.router,
        imports_api.router,
        *admin.ROUTERS,
    ],
    hot_routes=sessions_api.HOT_ROUTES,
    openapi=[sessions_api.describe, imports_api.describe],
    consumers=consumers.TABLE,
    jobs=[
        Job("places", places.compare, every_seconds=300),
        Job("sweep", sweep, every_seconds=60),
        Job("send-answers", sending.send_due),
        Job("retention", retention.erase_daily, every_seconds=5),
    ],
    checks=CHECKS,
    start=[start],
    stop=[stop],
    body_limits=imports_api.BODY_LIMITS,
)


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    return create_app(settings or Settings(), SERVICE, clock=clock)
