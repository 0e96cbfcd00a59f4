"""Composition root of booking_svc."""

from __future__ import annotations

from functools import partial

from fastapi import FastAPI

from booking_svc.board import api as board_api
from booking_svc.board import handlers as board
from booking_svc.board.handlers.telling import Turning
from booking_svc.board.memory import Boards, Waits
from booking_svc.board.repository import CHANNEL
from booking_svc.bookings import api as bookings_api
from booking_svc.bookings import handlers as bookings
from booking_svc.bookings.handlers.refusals import Refusals
from booking_svc.bookings.handlers.standing import check_slots
from booking_svc.bookings.tickets import Tickets
from booking_svc.catalogue import admin, telling
from booking_svc.catalogue import api as catalogue_api
from booking_svc.closures import api as closures_api
from booking_svc.closures import checks as closures_checks
from booking_svc.closures import handlers as closures
from booking_svc.day import api as day_api
from booking_svc.desks import api as desks_api
from booking_svc.messages import api as messages_api
from booking_svc.messages import sending
from booking_svc.messages.links import CancelLinks
from booking_svc.moves import api as moves_api
from booking_svc.moves import handlers as moves
from booking_svc.pauses import api as pauses_api
from booking_svc.retention import api as retention_api
from booking_svc.retention import handlers as retention
from booking_svc.settings import Settings
from booking_svc.slots import api as slots_api
from booking_svc.slots import checks, listener
from booking_svc.slots import openapi as slots_openapi
from booking_svc.slots.handlers import open_days
from booking_svc.visits import api as visits_api
from booking_svc.visits import handlers as visits
from booking_svc.visits.handlers.no_shows import check as check_visits
from booking_svc.visits.offers import Offers
from services.app import Service, create_app
from services.clock import Clock
from services.context import Context
from services.contracts.booking import Resolve, States
from services.contracts.places import Places
from services.jobs import Job
from services.messages import Messages, open_messages


async def listen(context: Context) -> None:
    context.put(Waits())
    context.put(Turning())
    boards = context.put(Boards(partial(board.read, context), context.clock))
    await listener.start(context, ears={CHANNEL: boards})


async def stop(context: Context) -> None:
    await context.get(bookings.Holds).drain()
    await context.get(Refusals).close()
    await context.get(Messages).close()


def create(settings: Settings | None = None, *, clock: Clock | None = None) -> FastAPI:
    settings = settings or Settings()

    async def start(context: Context) -> None:
        seed = bytes.fromhex(settings.ticket_key_seed.get_secret_value())
        context.put(Offers(seed))
        context.put(Tickets(seed))
        context.put(CancelLinks(seed, settings.public_url))
        context.put(retention.Daily())
        context.put(open_messages(settings.messages, context.clock))
        context.put(Refusals(context))
        context.put(bookings.Holds(context, quota_timeout_seconds=settings.quota_timeout_seconds))

    service = Service(
        name="booking_svc",
        routers=[
            bookings_api.router,
            bookings_api.keys_router,
            catalogue_api.router,
            admin.router,
            moves_api.router,
            pauses_api.router,
            messages_api.router,
            retention_api.router,
            visits_api.router,
            board_api.router,
            day_api.router,
            desks_api.router,
            closures_api.router,
        ],
        hot_routes=[*bookings_api.HOT_ROUTES, *slots_api.HOT_ROUTES],
        openapi=[bookings_api.describe, slots_openapi.describe, admin.describe],
        replies={Resolve: bookings.resolve, States: bookings.states, Places: telling.places},
        jobs=[
            Job("open-days", open_days),
            Job("expire", bookings.expire, every_seconds=0.25),
            Job("lapse", moves.lapse, every_seconds=1),
            Job("settle-closures", closures.settle_due, every_seconds=1),
            Job("no-shows", visits.mark_no_shows),
            Job("boards", board.publish),
            Job("turn-boards", board.turn),
            Job("compare-waits", board.compare, every_seconds=2),
            Job("send-messages", sending.send_due),
            Job("retention", retention.erase_daily),
        ],
        checks=[checks.check, check_slots, check_visits, closures_checks.check, sending.check],
        start=[listen, start],
        stop=[stop, listener.stop],
        body_limits=admin.BODY_LIMITS,
    )
    return create_app(settings, service, clock=clock)
