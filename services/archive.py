"""The event archive of a service, read by others: what an outbox has told, page by page, in the order of its rows.

Both sides are here. Projections are made anew from archives: a stream forgets after a month, an outbox never.
A page is bounded, so that it travels as one NATS message. Rows of transactions that commit late may be passed over:
who reads gets these, as everything else that is told from then on, from the streams.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import orjson

from services.bus import Bus
from services.db import Db
from services.errors import Unavailable

PAGE = 2000
PAGE_CHARACTERS = 2_000_000
"""A page ends after the event that reaches it; with the longest event it still is half of what NATS takes."""
TIMEOUT_SECONDS = 20.0

READ = """
SELECT id, envelope FROM outbox WHERE id > $1 AND subject = ANY ($2) ORDER BY id LIMIT $3
"""
COUNT = """
SELECT subject, count(*) AS told FROM outbox
WHERE subject = ANY ($1) AND published_at IS NOT NULL GROUP BY subject
"""


class Page(NamedTuple):
    """CloudEvents envelopes, and the row to go on after; None: that was all."""

    envelopes: list[str]
    last: int | None


class Archive:
    """The owner's side."""

    def __init__(self, db: Db) -> None:
        self._db = db

    async def start(self, bus: Bus, service: str) -> None:
        await bus.respond(f"archive.{service}", self.answer, group=service)

    async def answer(self, question: bytes) -> bytes:
        wanted = orjson.loads(question)
        if "after" in wanted:
            return orjson.dumps(list(await self._page(int(wanted["after"]), wanted["subjects"])))
        return orjson.dumps({row["subject"]: row["told"] for row in await self._db.hot(COUNT, wanted["subjects"])})

    async def _page(self, after: int, subjects: Sequence[str]) -> Page:
        rows = await self._db.hot(READ, after, subjects, PAGE)
        size, envelopes = 0, []
        for row in rows:
            envelopes.append(row["envelope"])
            size += len(row["envelope"])
            if size >= PAGE_CHARACTERS:
                return Page(envelopes, row["id"])
        return Page(envelopes, rows[-1]["id"] if len(rows) == PAGE else None)


async def page(bus: Bus, service: str, subjects: Sequence[str], *, after: int) -> Page:
    """The reader's side: what the service told of these subjects after that row. Raises `Unavailable`."""
    return Page(*await _ask(bus, service, {"after": after, "subjects": list(subjects)}))


async def counts(bus: Bus, service: str, subjects: Sequence[str]) -> dict[str, int]:
    """How many events of each subject the service has published in all. Raises `Unavailable`."""
    told: dict[str, int] = await _ask(bus, service, {"subjects": list(subjects)})
    return told


async def _ask(bus: Bus, service: str, question: dict[str, object]):  # type: ignore[no-untyped-def]  # JSON
    answer = await bus.request(f"archive.{service}", orjson.dumps(question), timeout_seconds=TIMEOUT_SECONDS)
    if not answer:
        raise Unavailable
    return orjson.loads(answer)
