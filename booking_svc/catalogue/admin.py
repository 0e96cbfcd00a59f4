"""Routes of the administration (api.md "Catalogue"): another city is set up without a release.

PUT creates or replaces, POST creates, DELETE switches off: no new bookings, those that there are stay.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from pydantic import ValidationError

from booking_svc.catalogue import edits, handlers
from booking_svc.catalogue.schemas import (
    CentrePut,
    DayPost,
    DayPut,
    DeskPost,
    DeskPut,
    Imported,
    OrganisationPut,
    QueuePost,
    QueuePut,
    ServicePut,
    invalid_fields,
)
from booking_svc.catalogue.writer import PREFIX, RESPONSES, Write
from services.auth import Principal
from services.context import Ctx, role
from services.contracts.catalogue import CODE, CentreEntry, ImportDocument, OrganisationEntry, ServiceEntry
from services.errors import InvalidRequest
from services.idempotency import IdempotentRoute

IMPORT = f"{PREFIX}/import"
BODY_LIMITS = {IMPORT: 32 * 1024 * 1024}
"""Bytes, where more than usual is taken."""
router = APIRouter(prefix=PREFIX, route_class=IdempotentRoute, tags=["administration"], responses=RESPONSES)

Admin = Annotated[Principal, role("admin")]
Key = Annotated[str, Path(pattern=CODE, max_length=97)]
REFERENCE = "#/components/schemas/{model}"
BODY = {
    "content": {"application/json": {"schema": {"$ref": REFERENCE.format(model="ImportDocument")}}},
    "required": True,
}


def describe(document: dict[str, Any]) -> None:
    """The import document's part of the OpenAPI document."""
    schema = ImportDocument.model_json_schema(ref_template=REFERENCE)
    schemas = document["components"]["schemas"]
    schemas |= schema.pop("$defs") | {"ImportDocument": schema} | schemas


@router.post("/import", response_model=Imported, openapi_extra={"requestBody": BODY})
async def load(request: Request, context: Ctx, by: Admin) -> Any:
    """Organisations, services, centres, staff, policies from one document: all or nothing; again without harm."""
    try:
        document = ImportDocument.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidRequest(invalid_fields(error)) from None
    return await handlers.load(context, document, by=by)


@router.put("/organisations/{code}")
async def put_organisation(code: Key, body: OrganisationPut, write: Write) -> Response:
    edits.same("code", body.code, code)
    build = partial(edits.put_organisation, code=code, entry=body)
    return await write.put(f"organisations/{code}", build, body, code=code)


@router.post("/organisations")
async def post_organisation(body: OrganisationEntry, write: Write) -> Response:
    build = partial(edits.put_organisation, code=body.code, entry=body)
    return await write.post(f"organisations/{body.code}", build, body)


@router.delete("/organisations/{code}", status_code=204)
async def remove_organisation(code: Key, write: Write, _: Admin) -> None:
    await write.delete(f"organisations/{code}", partial(edits.remove_organisation, code=code))


@router.put("/services/{code}")
async def put_service(code: Key, body: ServicePut, write: Write) -> Response:
    edits.same("code", body.code, code)
    return await write.put(f"services/{code}", partial(edits.put_service, code=code, entry=body), body, code=code)


@router.post("/services")
async def post_service(body: ServiceEntry, write: Write) -> Response:
    return await write.post(f"services/{body.code}", partial(edits.put_service, code=body.code, entry=body), body)


@router.delete("/services/{code}", status_code=204)
async def remove_service(code: Key, write: Write) -> None:
    await write.delete(f"services/{code}", partial(edits.remove_service, code=code))


@router.put("/centres/{key}")
async def put_centre(key: Key, body: CentrePut, write: Write) -> Response:
    """`desks`, `queues` and `calendar` are whole lists; one that is left out stays as it is."""
    edits.same("id", body.id, key)
    return await write.put(f"centres/{key}", partial(edits.put_centre, key=key, entry=body), body, id=key)


@router.post("/centres")
async def post_centre(body: CentreEntry, write: Write) -> Response:
    return await write.post(f"centres/{body.id}", partial(edits.put_centre, key=body.id, entry=body), body)


@router.delete("/centres/{key}", status_code=204)
async def remove_centre(key: Key, write: Write) -> None:
    await write.delete(f"centres/{key}", partial(edits.remove_centre, key=key))


@router.put("/desks/{key}")
async def put_desk(key: Key, body: DeskPut, write: Write) -> Response:
    """The key is `<centre>-<number>`."""
    return await write.put(f"desks/{key}", partial(edits.put_desk, key=key, entry=body), body, id=key)


@router.post("/desks")
async def post_desk(body: DeskPost, write: Write) -> Response:
    key = f"{body.centre}-{body.number}"
    entry = DeskPut(centre=body.centre, services=body.services)
    return await write.post(f"desks/{key}", partial(edits.put_desk, key=key, entry=entry), body, id=key)


@router.delete("/desks/{key}", status_code=204)
async def remove_desk(key: Key, write: Write) -> None:
    await write.delete(f"desks/{key}", partial(edits.remove_desk, key=key))


@router.put("/queues/{key}")
async def put_queue(key: Key, body: QueuePut, write: Write) -> Response:
    """The key is `<centre>-<code>`. The coming slots follow at once, never below what is booked."""
    return await write.put(f"queues/{key}", partial(edits.put_queue, key=key, entry=body), body, id=key)


@router.post("/queues")
async def post_queue(body: QueuePost, write: Write) -> Response:
    key = f"{body.centre}-{body.code}"
    entry = QueuePut(**body.model_dump())
    return await write.post(f"queues/{key}", partial(edits.put_queue, key=key, entry=entry), body, id=key)


@router.delete("/queues/{key}", status_code=204)
async def remove_queue(key: Key, write: Write) -> None:
    await write.delete(f"queues/{key}", partial(edits.remove_queue, key=key))


@router.put("/calendar/centres/{key}/{day}")
async def put_centre_day(key: Key, day: date, body: DayPut, write: Write) -> Response:
    """An exception of one centre: closed, or open at other hours. It goes before its organisation's."""
    edits.same("date", body.date, day)
    build = partial(edits.put_centre_day, key=key, day=day, entry=body)
    return await write.put(f"calendar/centres/{key}/{day}", build, body, centre=key, date=day.isoformat())


@router.delete("/calendar/centres/{key}/{day}", status_code=204)
async def remove_centre_day(key: Key, day: date, write: Write) -> None:
    """The day has its usual hours again."""
    await write.delete(f"calendar/centres/{key}/{day}", partial(edits.remove_centre_day, key=key, day=day))


@router.put("/calendar/organisations/{code}/{day}")
async def put_organisation_day(code: Key, day: date, body: DayPut, write: Write) -> Response:
    """An exception of all centres of an organisation, a holiday for example."""
    edits.same("date", body.date, day)
    build = partial(edits.put_organisation_day, code=code, day=day, entry=body)
    return await write.put(f"calendar/organisations/{code}/{day}", build, body, organisation=code, date=day.isoformat())


@router.delete("/calendar/organisations/{code}/{day}", status_code=204)
async def remove_organisation_day(code: Key, day: date, write: Write) -> None:
    build = partial(edits.remove_organisation_day, code=code, day=day)
    await write.delete(f"calendar/organisations/{code}/{day}", build)


@router.post("/calendar")
async def post_day(body: DayPost, write: Write) -> Response:
    """For `centre` or for `organisation`."""
    if body.centre is not None:
        build = partial(edits.put_centre_day, key=body.centre, day=body.date, entry=body)
        return await write.post(f"calendar/centres/{body.centre}/{body.date}", build, body)
    assert body.organisation is not None
    build = partial(edits.put_organisation_day, code=body.organisation, day=body.date, entry=body)
    return await write.post(f"calendar/organisations/{body.organisation}/{body.date}", build, body)
