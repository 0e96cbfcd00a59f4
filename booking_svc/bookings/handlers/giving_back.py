"""Quota that was reserved and is not used goes back before the answer leaves; the outbox is the safety net."""

from __future__ import annotations

from collections.abc import Sequence

from services import outbox
from services.context import Context
from services.contracts.booking import BookingRefused
from services.contracts.quota import GiveBack, Release
from services.errors import Unavailable

PATIENCE_SECONDS = 1.0


async def give_back_quota(context: Context, releases: Sequence[GiveBack]) -> None:
    """Asks quota_svc to release; when it does not answer, an event will tell it."""
    try:
        await context.bus.ask(Release(releases=list(releases)), timeout_seconds=PATIENCE_SECONDS)
    except Unavailable:
        now = context.clock.now()
        events = [
            BookingRefused(booking_id=release.booking_id, attempt=release.attempt, at=now)
            for release in releases
            if release.attempt
        ]
        async with context.db.begin() as session:
            await outbox.emit(session, *events, now=now)


async def hint_release(context: Context, releases: Sequence[GiveBack]) -> None:
    """For bookings whose end an event tells anyway: quota_svc may know it a moment earlier."""
    try:
        await context.bus.ask(Release(releases=list(releases)), timeout_seconds=PATIENCE_SECONDS)
    except Unavailable:
        return
