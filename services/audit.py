"""Who of the staff did or read what: a row in the caller's transaction. No personal data in `details`."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from services.auth import Principal

INSERT = text(
    "INSERT INTO audit (at, actor, roles, action, resource, details)"
    " VALUES (:at, :actor, :roles, :action, :resource, CAST(:details AS jsonb))"
)


async def record(
    session: AsyncSession,
    by: Principal,
    action: str,
    resource: str,
    *,
    now: datetime,
    details: dict[str, Any] | None = None,
) -> None:
    """E.g. `action="booking.read"`, `resource="booking/0190…"`."""
    fields = {"at": now, "actor": by.sub, "roles": sorted(by.roles), "action": action, "resource": resource}
    await session.execute(INSERT, {**fields, "details": json.dumps(details) if details else None})
