"""Composition root of booking_svc."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI

from booking_svc.bookings import api as bookings_api
from booking_svc.bookings import handlers as bookings
from booking_svc.bookings.handlers.standing import check_slots
from booking_svc.bookings.tickets import Tickets
from booking_svc.settings import Settings
from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.contracts.booking import Resolve, States
from services.jobs import Job


async def start(context: Context, settings: Settings) -> None:
    context.put(Tickets(bytes.fromhex(settings.ticket_key_seed.get_secret_value())))
    context.put(bookings.Holds(context, quota_timeout_seconds=settings.quota_timeout_seconds))


async def stop(context: Context) -> None:
    await context.get(bookings.Holds).drain()
