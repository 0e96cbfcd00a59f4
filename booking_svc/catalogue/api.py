"""The public reads of the catalogue. Answers carry an ETag; texts are in the caller's language."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from booking_svc.catalogue import views
from booking_svc.catalogue.conditional import conditional
from booking_svc.catalogue.domain import Centre, Organisation, Service, Snapshot
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.domain import today
from services.context import Ctx, Language
from services.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["catalogue"])


class Filter(BaseModel):
    """Query parameters; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = None
    """uk, en or pl; else Accept-Language decides."""


class ServiceFilter(Filter):
    organisation: str | None = None


class CentreFilter(Filter):
    service: str | None = None
    region: str | None = None
    """КАТОТТГ or TERYT code of the region."""
    organisation: str | None = None


Plain = Annotated[Filter, Query()]


@router.get("/organisations")
async def organisations(request: Request, context: Ctx, language: Language, _: Plain) -> Response:
    """The organisations of the network."""
    known = context.get(Catalogue).snapshot.organisations.values()
    return listed(request, [views.organisation(one, language) for one in known if one.active])


@router.get("/organisations/{code}")
async def organisation(request: Request, context: Ctx, language: Language, code: str, _: Plain) -> Response:
    """One organisation with its booking window."""
    one: Organisation | None = context.get(Catalogue).snapshot.organisations.get(code)
    if one is None or not one.active:
        raise NotFound
    return answer(request, views.organisation(one, language))


@router.get("/services")
async def services(
    request: Request, context: Ctx, language: Language, wanted: Annotated[ServiceFilter, Query()]
) -> Response:
    """The unified services; of an organisation: those that it takes bookings of."""
    snapshot = context.get(Catalogue).snapshot
    shown = [views.service(one, snapshot, language) for one in snapshot.services.values() if one.active]
    return listed(request, [one for one in shown if wanted.organisation in (None, *one["organisations"])])


@router.get("/services/{code}")
async def service(request: Request, context: Ctx, language: Language, code: str, _: Plain) -> Response:
    """One service with its instruction, the documents to bring, and the link to get it online."""
    snapshot = context.get(Catalogue).snapshot
    one: Service | None = snapshot.services.get(code)
    if one is None or not one.active:
        raise NotFound
    return answer(request, views.whole_service(one, snapshot, language))


@router.get("/centres")
async def centres(
    request: Request, context: Ctx, language: Language, wanted: Annotated[CentreFilter, Query()]
) -> Response:
    """All centres that match, in one answer."""
    snapshot = context.get(Catalogue).snapshot
    found = (one for one in snapshot.centres.values() if matches(one, snapshot, wanted))
    return listed(request, [views.centre(one, snapshot, language) for one in found])


@router.get("/centres/{centre}")
async def centre(request: Request, context: Ctx, language: Language, centre: str, _: Plain) -> Response:
    """One centre with desks, queues, hours and exceptions ahead."""
    snapshot = context.get(Catalogue).snapshot
    one: Centre | None = snapshot.centres.get(centre)
    if one is None or not snapshot.is_open(one):
        raise NotFound
    return answer(request, views.whole_centre(one, snapshot, language, today=today(context.clock.now(), one.zone)))


def matches(one: Centre, snapshot: Snapshot, wanted: CentreFilter) -> bool:
    return (
        snapshot.is_open(one)
        and wanted.organisation in (None, one.organisation)
        and wanted.region in (None, one.region_code)
        and (wanted.service is None or snapshot.queue(one.id, wanted.service) is not None)
    )


def listed(request: Request, items: list[views.View]) -> Response:
    return answer(request, {"items": items, "next": None})


def answer(request: Request, body: Any) -> Response:
    return conditional(request, orjson.dumps(body))
