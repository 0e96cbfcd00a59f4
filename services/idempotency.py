"""Idempotency keys: bound to a resource's id before anything is done, kept 24 hours (design.md §3).

What is remembered is the id and a hash of the request, never the answer with its names; a refusal is not remembered.
A creating handler takes `resource_id(request)` as the new resource's id, so that a retry after a 503 continues it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from services.batching import Batcher
from services.context import Context, context_of
from services.db import Db
from services.errors import IdempotencyMismatch, InvalidRequest, Problem
from services.ids import uuid7

LIVES = timedelta(hours=24)
MAX_LENGTH = 255


class Binding(NamedTuple):
    scope: str
    key: str
    body_hash: bytes
    resource_id: UUID
    now: datetime


class Bound(NamedTuple):
    """`repeated`: the request came before and was not refused, so that the resource may exist."""

    resource_id: UUID
    repeated: bool


class Idempotency:
    def __init__(self, db: Db) -> None:
        self._db = db
        self._batcher: Batcher[Binding, Bound] = Batcher(self._bind_all, key=lambda item: (item.scope, item.key))

    async def bind(self, binding: Binding) -> Bound:
        """What this key stands for, the binding's own id if the key is new. Raises `IdempotencyMismatch`."""
        return await self._batcher.do(binding)

    async def free(self, binding: Binding, bound: Bound, *, spent: bool) -> None:
        """After a refusal the key is free for any body. It keeps its id, unless that is spent: a twin of the request
        may be under way, and what that makes is still the only thing under this key.
        """
        await self._db.hot(UNBIND if spent else FREE, binding.scope, binding.key, bound.resource_id)

    async def forget(self, now: datetime) -> None:
        await self._db.hot("DELETE FROM idempotency WHERE created_at <= $1", now - LIVES)

    async def _bind_all(self, bindings: list[Binding]) -> list[Bound | Exception]:
        columns = [list(column) for column in zip(*bindings, strict=True)]
        now = bindings[-1].now
        rows = await self._db.hot(BIND, *columns[:4], now, now - LIVES)
        found = {(row["scope"], row["key"]): row for row in rows}
        return [_outcome(binding, found[binding.scope, binding.key]) for binding in bindings]


def _outcome(binding: Binding, row: Any) -> Bound | Exception:
    if row["body_hash"] != binding.body_hash:
        return IdempotencyMismatch()
    bound = UUID(int=row["resource_id"].int)  # asyncpg's own UUID class is one that orjson does not know
    return Bound(bound, repeated=row["repeated"] and bound != binding.resource_id)


# A key whose request was refused has an empty hash: the next body is taken.
BIND = """
INSERT INTO idempotency AS kept (scope, key, body_hash, resource_id, created_at)
SELECT scope, key, body_hash, resource_id, $5::timestamptz
FROM unnest($1::text[], $2::text[], $3::bytea[], $4::uuid[]) AS item (scope, key, body_hash, resource_id)
ORDER BY scope, key
ON CONFLICT (scope, key) DO UPDATE SET
    body_hash = CASE WHEN kept.created_at <= $6 OR kept.body_hash = '' THEN excluded.body_hash
        ELSE kept.body_hash END,
    resource_id = CASE WHEN kept.created_at <= $6 THEN excluded.resource_id ELSE kept.resource_id END,
    created_at = CASE WHEN kept.created_at <= $6 THEN excluded.created_at ELSE kept.created_at END
RETURNING kept.scope, kept.key, new.body_hash, new.resource_id, coalesce(old.body_hash <> '', false) AS repeated
"""
FREE = "UPDATE idempotency SET body_hash = '' WHERE scope = $1 AND key = $2 AND resource_id = $3"
UNBIND = "DELETE FROM idempotency WHERE scope = $1 AND key = $2 AND resource_id = $3"


def resource_id(request: Request) -> UUID:
    """The id for what this request creates: the one bound to its key, else a new one."""
    bound: UUID | None = getattr(request.state, "resource_id", None)
    return bound or uuid7(context_of(request).clock.now())


def repeated(request: Request) -> bool:
    """Whether this key came before: then the resource may exist already."""
    return bool(getattr(request.state, "repeated", False))


async def once(request: Request, handle: Callable[[Request], Awaitable[Response]]) -> Response:
    """Runs a POST under its `Idempotency-Key`, if it has one."""
    key = request.headers.get("idempotency-key")
    if key is None or request.method != "POST":
        return await handle(request)
    if not 0 < len(key) <= MAX_LENGTH or not key.isprintable():
        raise InvalidRequest.field("Idempotency-Key", f"1 to {MAX_LENGTH} printable characters")
    context = context_of(request)
    binding = await _binding(request, key, context)
    keys = context.get(Idempotency)
    bound = await keys.bind(binding)
    request.state.resource_id, request.state.repeated = bound
    try:
        response = await handle(request)
    except Exception as error:
        if _refused(error):
            await keys.free(binding, bound, spent=isinstance(error, Problem) and error.spent)
        raise
    if 400 <= response.status_code < 500:
        await keys.free(binding, bound, spent=False)
    return response


def _refused(error: Exception) -> bool:
    """Whether nothing was done. Else it is not known what became of it: the next attempt continues the resource."""
    if isinstance(error, Problem):
        return 400 <= error.status < 500
    return isinstance(error, RequestValidationError | HTTPException)


async def _binding(request: Request, key: str, context: Context) -> Binding:
    scope = ""  # of the public: no caller has an empty subject
    if header := request.headers.get("authorization"):
        scope = (await context.auth.principal(header)).sub
    digest = hashlib.blake2b(await request.body(), digest_size=16)
    digest.update(request.scope["path"].encode())
    now = context.clock.now()
    return Binding(scope, key, digest.digest(), uuid7(now), now)


class IdempotentRoute(APIRoute):
    """`APIRouter(route_class=IdempotentRoute)`: every POST of the router honours `Idempotency-Key`."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()

        async def keyed(request: Request) -> Response:
            return await once(request, handle)

        return keyed
