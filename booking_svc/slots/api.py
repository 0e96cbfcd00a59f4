"""The hot reads, as Starlette routes that send prepared bytes (measurements.md: a third of FastAPI's cost)."""

from __future__ import annotations

from datetime import date

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots import views
from booking_svc.slots.memory import FreeSlots
from services.conditional import conditional
from services.context import context_of
from services.errors import InvalidRequest, NotFound

SLOTS, AVAILABILITY = "/api/v1/slots", "/api/v1/availability"


async def slots(request: Request) -> Response:
    """`GET /api/v1/slots?centre=&service=&date=`"""
    asked = query(request, "centre", "service", "date")
    day = day_of(asked["date"])
    context = context_of(request)
    snapshot = context.get(Catalogue).snapshot
    queue = snapshot.queue(asked["centre"], asked["service"])
    if queue is None:
        raise NotFound
    place = snapshot.centres[queue.centre], queue, day
    found = views.slots(snapshot, context.get(FreeSlots), place, now=context.clock.now())
    return conditional(request, found.body, etag=found.etag)


async def availability(request: Request) -> Response:
    """`GET /api/v1/availability?service=`"""
    service = query(request, "service")["service"]
    context = context_of(request)
    snapshot = context.get(Catalogue).snapshot
    known = snapshot.services.get(service)
    if known is None or not known.active:
        raise NotFound
    found = context.get(views.Availability).of(snapshot, service, now=context.clock.now())
    return conditional(request, found.body, etag=found.etag)


def query(request: Request, *names: str) -> dict[str, str]:
    """Exactly these parameters and perhaps `lang`. Raises `InvalidRequest` naming every one that is wrong."""
    given = dict(request.query_params)
    missing = [{"field": name, "reason": "is needed"} for name in names if not given.get(name)]
    unknown = [{"field": name, "reason": "is not known here"} for name in given if name not in (*names, "lang")]
    if missing or unknown:
        raise InvalidRequest([*missing, *unknown])
    return given


def day_of(text: str) -> date:
    """Written as in 2026-11-25 and in no other of ISO 8601's ways."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise InvalidRequest.field("date", "must be a date as in 2026-11-25")
    return day


HOT_ROUTES = (Route(SLOTS, slots), Route(AVAILABILITY, availability))
