"""What `doctor` finds: figures that contradict each other, events that were told and not counted."""

from __future__ import annotations

import asyncio

from services import archive
from services.context import Context
from services.errors import Unavailable
from stats_svc.handlers.rebuilding import ARCHIVES
from stats_svc.projections.applying import FIGURES
from stats_svc.queries import checks

SECOND_LOOK_SECONDS = 2.0
"""What was told just now is under way."""
SUBJECTS = [event.subject for event in FIGURES]
HOW = "`./vizyt stats rebuild` makes all figures anew"


async def sums_agree(context: Context) -> list[str]:
    """What is counted twice, in two tables, is the same in both."""
    async with context.db.begin() as session:
        differing = [*await checks.differing_ratings(session), *await checks.differing_visits(session)]
    return [f"figures of {row.day} at {row.centre or 'no centre'} contradict each other; {HOW}" for row in differing]


async def every_event_is_counted(context: Context) -> list[str]:
    """Compares with how many each owner has told; a difference counts when it is there at a second look."""
    try:
        told = await _told(context)
        if not _differing(await _counted(context), told, told):
            return []
        await asyncio.sleep(SECOND_LOOK_SECONDS)
        counted = await _counted(context)
        return _differing(counted, told, await _told(context))
    except Unavailable:
        return ["events cannot be compared with those who told them: one does not answer"]


async def _told(context: Context) -> dict[str, int]:
    found: dict[str, int] = {}
    for owner in ARCHIVES:
        found |= await archive.counts(context.bus, owner, SUBJECTS)
    return found


async def _counted(context: Context) -> dict[str, int]:
    async with context.db.begin() as session:
        return await checks.counted(session)


def _differing(counted: dict[str, int], before: dict[str, int], now: dict[str, int]) -> list[str]:
    """`before` was told when the first look began: all of it should be counted, and no more than is told by now."""
    names = sorted(counted.keys() | before.keys())
    return [
        f"{name}: {counted.get(name, 0)} counted of {before.get(name, 0)} told; {HOW}"
        for name in names
        if not before.get(name, 0) <= counted.get(name, 0) <= now.get(name, 0)
    ]


CHECKS = (sums_agree, every_event_is_counted)
