"""What the routes of the administration have in common."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel

from booking_svc.catalogue import handlers
from booking_svc.catalogue.edits import Build
from services.auth import Principal
from services.context import Context, Ctx, role
from services.idempotency import repeated

PREFIX = "/api/v1/admin"


class Writer:
    """One request of somebody who may administer something; what exactly is decided by `permissions`."""

    def __init__(self, request: Request, context: Context, by: Principal) -> None:
        self._request, self._context, self._by = request, context, by

    async def put(self, resource: str, build: Build, body: BaseModel, **identity: str) -> Response:
        """200, or 201 if the part was not there. Answers with the part as it was written."""
        created = await handlers.put(self._context, build, resource, by=self._by)
        return written(resource, body, identity, created=created)

    async def post(self, resource: str, build: Build, body: BaseModel, **identity: str) -> Response:
        """201, or 409 `already_exists`; the same Idempotency-Key again: 201 again."""
        again = repeated(self._request)
        await handlers.create(self._context, build, resource, by=self._by, repeated=again)
        return written(resource, body, identity, created=True)

    async def delete(self, resource: str, build: Build) -> None:
        await handlers.remove(self._context, build, resource, by=self._by)


def written(resource: str, body: BaseModel, identity: dict[str, str], *, created: bool) -> Response:
    part = {**identity, **body.model_dump(mode="json", exclude_none=True)}
    headers = {"Location": f"{PREFIX}/{resource}"} if created else {}
    return JSONResponse(part, 201 if created else 200, headers)


async def writer(request: Request, context: Ctx, by: Annotated[Principal, role("admin", "manager")]) -> Writer:
    return Writer(request, context, by)


Write = Annotated[Writer, Depends(writer)]
RESPONSES: dict[int | str, dict[str, Any]] = {
    201: {"description": "Created; `Location` names it"},
    403: {"description": "`forbidden`: not within the caller's own organisation or centre"},
    409: {"description": "`already_exists`"},
    422: {"description": "`invalid_request`: every wrong field is named"},
}
