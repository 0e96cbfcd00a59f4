"""Visits that are over: their tokens may each be used once."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from feedback_svc.sessions import repository
from services.contracts.visits import FeedbackOffered


async def offered(session: AsyncSession, events: Sequence[FeedbackOffered], *, now: datetime) -> None:
    """Nothing of the visit but its desk and day."""
    await repository.put_tokens(session, [(event.token_digest, event.desk, event.day) for event in events])
