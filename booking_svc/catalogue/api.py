"""The public reads of the catalogue. Answers carry an ETag; texts are in the caller's language."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Annotated, TypeVar

import orjson
from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from booking_svc.catalogue import searching, views
from booking_svc.catalogue.domain import Centre, Organisation, Service, Snapshot
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.domain import today
from services.conditional import conditional, etag_of
from services.context import Context, Ctx, Language
from services.errors import NotFound

router = APIRouter(prefix="/api/v1", tags=["catalogue"])
Part = TypeVar("Part", Organisation, Service, Centre)
ANSWERS_KEPT = 5000
"""Enough for every centre in three languages; filters can be made up without end."""


class Filter(BaseModel):
    """Query parameters; unknown ones are refused."""

    model_config = ConfigDict(extra="forbid")

    lang: str | None = None
    """uk, en or pl; else Accept-Language decides."""


class ServiceFilter(Filter):
    organisation: str | None = None
    q: str | None = Field(None, max_length=searching.MAX_CHARACTERS)
    """Words that all occur in the name or the steps, in the caller's language."""


class CentreFilter(Filter):
    service: str | None = None
    region: str | None = None
    """КАТОТТГ or TERYT code of the region."""
    organisation: str | None = None


Plain = Annotated[Filter, Query()]


@router.get("/organisations")
async def organisations(request: Request, context: Ctx, language: Language, _: Plain) -> Response:
    """The organisations of the network."""
    snapshot = context.get(Catalogue).snapshot

    def make() -> views.View:
        return listed(views.organisation(one, language) for one in snapshot.organisations.values() if one.active)

    return answer(request, context, (language,), make)


@router.get("/organisations/{code}")
async def organisation(request: Request, context: Ctx, language: Language, code: str, _: Plain) -> Response:
    """One organisation with its booking window."""
    one = active(context.get(Catalogue).snapshot.organisations.get(code))
    return answer(request, context, (language,), lambda: views.organisation(one, language))


@router.get("/services")
async def services(
    request: Request, context: Ctx, language: Language, wanted: Annotated[ServiceFilter, Query()]
) -> Response:
    """The unified services; of an organisation: those that it takes bookings of."""
    snapshot = context.get(Catalogue).snapshot

    def make() -> views.View:
        known = (one for one in snapshot.services.values() if one.active)
        found = (one for one in known if wanted.q is None or searching.matches(one, wanted.q, language))
        shown = (views.service(one, snapshot, language) for one in found)
        return listed(one for one in shown if wanted.organisation in (None, *one["organisations"]))

    if wanted.q is not None:  # nobody asks for the same words often enough to keep the answer
        return unkept(request, make)
    return answer(request, context, (language, wanted.organisation), make)


@router.get("/services/{code}")
async def service(request: Request, context: Ctx, language: Language, code: str, _: Plain) -> Response:
    """One service with its instruction, the documents to bring, and the link to get it online."""
    snapshot = context.get(Catalogue).snapshot
    one = active(snapshot.services.get(code))
    return answer(request, context, (language,), lambda: views.whole_service(one, snapshot, language))


@router.get("/centres")
async def centres(
    request: Request, context: Ctx, language: Language, wanted: Annotated[CentreFilter, Query()]
) -> Response:
    """All centres that match, in one answer."""
    snapshot = context.get(Catalogue).snapshot

    def make() -> views.View:
        found = (one for one in snapshot.centres.values() if matches(one, snapshot, wanted))
        return listed(views.centre(one, snapshot, language) for one in found)

    return answer(request, context, (language, wanted.service, wanted.region, wanted.organisation), make)


@router.get("/centres/{key}")
async def centre(request: Request, context: Ctx, language: Language, key: str, _: Plain) -> Response:
    """One centre with desks, queues, hours and exceptions ahead."""
    snapshot = context.get(Catalogue).snapshot
    one = active(snapshot.centres.get(key))
    if not snapshot.is_open(one):
        raise NotFound
    day = today(context.clock.now(), one.zone)
    return answer(request, context, (language, day), lambda: views.whole_centre(one, snapshot, language, today=day))


def active(part: Part | None) -> Part:
    if part is None or not part.active:
        raise NotFound
    return part


def matches(one: Centre, snapshot: Snapshot, wanted: CentreFilter) -> bool:
    return (
        snapshot.is_open(one)
        and wanted.organisation in (None, one.organisation)
        and wanted.region in (None, one.region_code)
        and (wanted.service is None or snapshot.queue(one.id, wanted.service) is not None)
    )


def listed(items: Iterable[views.View]) -> views.View:
    return {"items": list(items), "next": None}


def unkept(request: Request, make: Callable[[], views.View]) -> Response:
    body = orjson.dumps(make())
    return conditional(request, body, etag=etag_of(body))


def answer(request: Request, context: Context, asked: tuple[Hashable, ...], make: Callable[[], views.View]) -> Response:
    """The bytes made of the present snapshot, made once; `asked` and the path are all that they depend on."""
    answers = context.get(Catalogue).answers
    key = (request.scope["path"], *asked)
    if (known := answers.get(key)) is None:
        body = orjson.dumps(make())
        known = body, etag_of(body)
        if len(answers) < ANSWERS_KEPT:
            answers[key] = known
    return conditional(request, known[0], etag=known[1])
