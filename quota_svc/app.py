"""Composition root of quota_svc."""

from __future__ import annotations

from fastapi import FastAPI

from quota_svc import api, consumers
from quota_svc.handlers.checking import CHECKS
from quota_svc.handlers.reserving import Reserving
from quota_svc.handlers.settling import resolve_orphans
from quota_svc.settings import Settings
from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.jobs import Job


async def start(context: Context) -> None:
    context.put(Reserving(context.db, context.clock))


SERVICE = Service(
    name="quota_svc",
    routers=[api.quota, api.admin],
    consumers=consumers.TABLE,
    replies=consumers.REPLIES,
    jobs=[Job("orphans", resolve_orphans)],
    checks=CHECKS,
    start=[start],
)


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    return create_app(settings or Settings(), SERVICE, clock=clock)
