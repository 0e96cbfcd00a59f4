"""The service's OpenAPI document: FastAPI's own, with the hot routes beside and problems as they really are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from fastapi import FastAPI

Describe = Callable[[dict[str, Any]], None]
"""Adds routes that FastAPI cannot see to the document, in place."""

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code", "trace_id"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "Why, and what next, in the caller's language"},
        "code": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "reason"],
                "properties": {"field": {"type": "string"}, "reason": {"type": "string"}},
            },
        },
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "description": "The same key and body again: the same resource",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}
REFUSED = {
    "description": "A problem document (RFC 9457)",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def describe(app: FastAPI, hot_routes: Sequence[Describe]) -> None:
    """Makes `app.openapi()` give the completed document."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            for add in hot_routes:
                add(document)
            app.openapi_schema = _with_keys(_with_problems(document))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's documented way to extend the document


def _with_keys(document: dict[str, Any]) -> dict[str, Any]:
    """Every POST takes an Idempotency-Key."""
    for operations in document["paths"].values():
        if post := operations.get("post"):
            post["parameters"] = [*post.get("parameters", []), IDEMPOTENCY_KEY]
    return document


def _with_problems(document: dict[str, Any]) -> dict[str, Any]:
    schemas = document.setdefault("components", {}).setdefault("schemas", {})
    schemas.pop("HTTPValidationError", None)
    schemas.pop("ValidationError", None)
    schemas["Problem"] = PROBLEM
    for operations in document["paths"].values():
        for operation in operations.values():
            operation["responses"] = {
                status: response for status, response in operation["responses"].items() if status != "422"
            } | {"default": REFUSED}
    return document
