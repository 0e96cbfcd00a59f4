"""What nobody can use any more is deleted, long after it has ceased to count."""

from __future__ import annotations

from datetime import timedelta

from feedback_svc.sessions import repository
from services.context import Context

KNOWN_FOR = timedelta(days=1)
"""So long a session that is over still says so."""


async def sweep(context: Context) -> None:
    """The job."""
    await repository.sweep(context.db, context.clock.now() - KNOWN_FOR)
