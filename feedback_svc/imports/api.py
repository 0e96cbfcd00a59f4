"""The route of the import (api.md "Feedback"): parse, call, answer."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Request

from feedback_svc.imports import handlers
from feedback_svc.imports.schemas import Imported, Line
from services.auth import Principal
from services.context import Ctx, role

PATH = "/api/v1/feedback/import"
BODY_LIMITS: dict[str, int | None] = {PATH: None}
"""Read as it comes, piece by piece."""
router = APIRouter(tags=["feedback"])
System = Annotated[Principal, role("system", "admin")]
REFERENCE = "#/components/schemas/{model}"
BODY = {"content": {"application/x-ndjson": {"schema": {"$ref": REFERENCE.format(model="Line")}}}, "required": True}


@router.post(PATH, openapi_extra={"requestBody": BODY})
async def load(request: Request, context: Ctx, by: System) -> Imported:
    """Past ratings as a stream, one JSON document a line. Good lines are kept, each bad one is named with its number.
    Of an organisation each `external_id` is taken once, so that the same stream again changes nothing.
    """
    return await handlers.load(context, request.stream(), by=by)


def describe(document: dict[str, Any]) -> None:
    """A line's part of the OpenAPI document."""
    schema = Line.model_json_schema(ref_template=REFERENCE)
    document["components"]["schemas"] |= schema.pop("$defs") | {"Line": schema}
