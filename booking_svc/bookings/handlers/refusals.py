"""Refused wishes are counted in memory and told in sums: asking in vain writes nothing of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

import structlog

from booking_svc.bookings.handlers.item import Item
from services import telemetry
from services.context import Context
from services.contracts.booking import RefusalsCounted
from services.errors import Problem
from services.outbox import emit
from services.tasks import end

EVERY_SECONDS = 1.0
COUNTED = frozenset({"quota_exhausted", "blocked_for_no_shows", "cooldown", "priority_used", "slot_full"})
log = structlog.get_logger()


class Key(NamedTuple):
    """The fields of the event."""

    organisation: str
    centre: str
    service: str
    channel: str
    visit_date: date
    because: str


class Refusals:
    """Of this process, since they were last told."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._counts: Counter[Key] = Counter()
        self._task = asyncio.create_task(self._run(), name="tell-refusals")

    def note(self, items: Sequence[Item], results: Sequence[object]) -> None:
        for item, result in zip(items, results, strict=True):
            if isinstance(result, Problem) and result.code in COUNTED:
                self._counts[_key(item, result.code)] += 1

    async def tell(self) -> None:
        """What cannot be told now is kept for the next time."""
        counts, self._counts = self._counts, Counter()
        if not counts:
            return
        told = [RefusalsCounted(**key._asdict(), refusals=n) for key, n in sorted(counts.items())]
        try:
            async with self._context.db.begin() as session:
                await emit(session, *told, now=self._context.clock.now())
        except Exception as error:
            self._counts += counts
            log.info("refusals.wait", error=telemetry.kind(error))

    async def close(self) -> None:
        await end([self._task])
        await self.tell()

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            await self.tell()


def _key(item: Item, because: str) -> Key:
    centre = item.centre
    return Key(centre.organisation, centre.id, item.service, item.channel.value, item.slot.visit_date, because)
