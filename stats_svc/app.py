"""Composition root of stats_svc."""

from __future__ import annotations

from fastapi import FastAPI

from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.jobs import Job
from stats_svc import api, consumers, data_api
from stats_svc.handlers.checking import CHECKS
from stats_svc.handlers.learning import learn
from stats_svc.handlers.rebuilding import rebuild
from stats_svc.handlers.telling import Told, tell
from stats_svc.settings import Settings


async def begin(context: Context) -> None:
    context.put(Told())


SERVICE = Service(
    name="stats_svc",
    routers=[api.stats, api.rebuilding, data_api.router],
    consumers=consumers.BATCH,
    start=[begin, learn],
    jobs=[Job("learn-places", learn, every_seconds=60), Job("rebuild", rebuild), Job("tell-today", tell)],
    checks=CHECKS,
)


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    return create_app(settings or Settings(), SERVICE, clock=clock)
