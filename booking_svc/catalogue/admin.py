"""Routes of the administration (api.md "Catalogue"): another city is set up without a release.

PUT creates or replaces, POST creates, DELETE switches off: no new bookings, those that there are stay.
"""

from datetime import date
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ValidationError

from booking_svc.catalogue import edits, handlers
from booking_svc.catalogue.edits import Build
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
from services.auth import Principal
from services.context import Ctx, role
from services.contracts.catalogue import (
    CODE,
    CentreEntry,
    DayEntry,
    ImportDocument,
    OrganisationEntry,
    ServiceEntry,
)
from services.errors import InvalidRequest
from services.idempotency import IdempotentRoute, repeated

PREFIX = "/api/v1/admin"
IMPORT = f"{PREFIX}/import"
IMPORT_LIMITS = {IMPORT: 32 * 1024 * 1024}
"""Bytes of a body, where more than the usual is taken."""
router = APIRouter(prefix=PREFIX, route_class=IdempotentRoute, tags=["administration"])

Admin = Annotated[Principal, role("admin")]
Manager = Annotated[Principal, role("admin", "manager")]
Key = Annotated[str, Path(pattern=CODE, max_length=97)]
BODY = {"content": {"application/json": {"schema": ImportDocument.model_json_schema()}}, "required": True}


@router.post("/import", response_model=Imported, openapi_extra={"requestBody": BODY})
async def load(request: Request, context: Ctx, by: Admin) -> Any:
    """Organisations, services, centres, staff, policies from one document: all or nothing, and again without harm."""
    try:
        document = ImportDocument.model_validate_json(await request.body())
    except ValidationError as error:
        raise InvalidRequest(invalid_fields(error)) from None
    return await handlers.load(context, document, by=by)


@router.put("/organisations/{code}")
async def put_organisation(code: Key, body: OrganisationPut, context: Ctx, by: Manager) -> Response:
    edits.same("code", body.code, code)
    return await put(context, partial(edits.put_organisation, code=code, entry=body), f"organisations/{code}", body, by)


@router.post("/organisations")
async def post_organisation(request: Request, body: OrganisationEntry, context: Ctx, by: Admin) -> Response:
    build = partial(edits.put_organisation, code=body.code, entry=body)
    await handlers.create(context, build, f"organisations/{body.code}", by=by, repeated=repeated(request))
    return created(f"organisations/{body.code}", body)


@router.delete("/organisations/{code}", status_code=204)
async def remove_organisation(code: Key, context: Ctx, by: Admin) -> None:
    await handlers.remove(context, partial(edits.remove_organisation, code=code), f"organisations/{code}", by=by)


@router.put("/services/{code}")
async def put_service(code: Key, body: ServicePut, context: Ctx, by: Manager) -> Response:
    edits.same("code", body.code, code)
    return await put(context, partial(edits.put_service, code=code, entry=body), f"services/{code}", body, by)


@router.post("/services")
async def post_service(request: Request, body: ServiceEntry, context: Ctx, by: Manager) -> Response:
    build = partial(edits.put_service, code=body.code, entry=body)
    await handlers.create(context, build, f"services/{body.code}", by=by, repeated=repeated(request))
    return created(f"services/{body.code}", body)
