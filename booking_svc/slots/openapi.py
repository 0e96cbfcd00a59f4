"""What the hot reads look like from outside: their part of the OpenAPI document, as FastAPI cannot see them."""

from __future__ import annotations

from typing import Any

from booking_svc.slots.api import AVAILABILITY, SLOTS

CODE = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
MOMENT = {"type": "string", "format": "date-time", "description": "With the offset of the centre's zone"}
SLOT = {
    "type": "object",
    "required": ["starts_at", "free"],
    "properties": {"starts_at": MOMENT, "free": COUNT},
}
PLACE = {
    "type": "object",
    "required": ["centre", "free", "first_free_at", "days"],
    "properties": {
        "centre": CODE,
        "free": COUNT,
        "first_free_at": {"anyOf": [MOMENT, {"type": "null"}]},
        "days": {
            "type": "object",
            "propertyNames": {"format": "date"},
            "additionalProperties": COUNT,
            "examples": [{"2026-11-25": 12}],
        },
    },
}


def describe(document: dict[str, Any]) -> None:
    """Adds both routes to the document in place."""
    document["paths"][SLOTS] = {
        "get": {
            "tags": ["slots"],
            "summary": "The times of one day at a centre",
            "description": "Only slots that have not begun, on days that can be booked. At most one second behind.",
            "operationId": "slots",
            "parameters": [parameter("centre"), parameter("service"), parameter("date", format="date")],
            "responses": responses(SLOT),
        }
    }
    document["paths"][AVAILABILITY] = {
        "get": {
            "tags": ["slots"],
            "summary": "Free places of every centre that gives the service: the map",
            "description": "Over the whole window of days. At most one second behind.",
            "operationId": "availability",
            "parameters": [parameter("service")],
            "responses": responses(PLACE),
        }
    }


def parameter(name: str, **schema: str) -> dict[str, Any]:
    return {"name": name, "in": "query", "required": True, "schema": {"type": "string", **schema}}


def responses(item: dict[str, Any]) -> dict[str, Any]:
    listed = {
        "type": "object",
        "required": ["items", "next"],
        "properties": {"items": {"type": "array", "items": item}, "next": {"type": "null"}},
    }
    return {
        "200": {
            "description": "The list, with an `ETag`",
            "headers": {"ETag": {"schema": {"type": "string"}}},
            "content": {"application/json": {"schema": listed}},
        },
        "304": {"description": "Nothing has changed since the answer whose ETag `If-None-Match` names"},
        "404": {"description": "`not_found`: no such centre or service, or the centre does not give the service"},
        "422": {"description": "`invalid_request`: a parameter is missing, malformed or unknown"},
    }
