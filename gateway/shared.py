"""Public reads that everybody asks for at the same moment: one goes to the service, all are given its answer.

At 06:00 thousands look at the same day. An answer is given for another tenth of a second, so that what is read is
still less than a second behind the truth (api.md "Catalogue").
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from starlette.types import Scope

from services.conditional import matches
from services.edge import Answer
from services.language import choose

KEPT_SECONDS = 0.1
KEPT_ANSWERS = 256
CONDITION = b"if-none-match"
NOT_IN_304 = frozenset({b"content-type", b"content-length"})
Key = tuple[str, bytes, str]


class _Kept(NamedTuple):
    answer: Answer
    etag: str | None
    until: float


class Shared:
    """Answers by address and language."""

    def __init__(self) -> None:
        self._kept: dict[Key, _Kept] = {}
        self._asked: dict[Key, asyncio.Task[_Kept]] = {}

    async def answer(self, scope: Scope, ask: Callable[[Scope], Awaitable[Answer]]) -> Answer:
        """What `ask` gives for the request without its condition, now or a moment ago; 304 where the caller has it."""
        key = scope["path"], scope["query_string"], choose(scope)
        kept = self._kept.get(key)
        if kept is None or kept.until < time.monotonic():
            kept = await asyncio.shield(self._asked.get(key) or self._ask(key, ask(_unconditional(scope))))
        wanted = next((value for name, value in scope["headers"] if name == CONDITION), None)
        if wanted and kept.etag and matches(wanted.decode("latin-1"), kept.etag):
            return Answer(304, [pair for pair in kept.answer.headers if pair[0] not in NOT_IN_304], b"")
        return kept.answer

    def _ask(self, key: Key, asked: Awaitable[Answer]) -> asyncio.Task[_Kept]:
        """In a task of its own: who asked first and goes away does not take the answer from the others."""
        task = self._asked[key] = asyncio.create_task(self._keep(key, asked))
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody may be left to hear it
        return task

    async def _keep(self, key: Key, asked: Awaitable[Answer]) -> _Kept:
        try:
            answer = await asked
        finally:
            del self._asked[key]
        etag = next((value.decode("latin-1") for name, value in answer.headers if name == b"etag"), None)
        kept = _Kept(answer, etag, time.monotonic() + KEPT_SECONDS)
        if answer.status == 200:
            self._make_room()
            self._kept[key] = kept
        return kept

    def _make_room(self) -> None:
        if len(self._kept) >= KEPT_ANSWERS:
            now = time.monotonic()
            self._kept = {key: kept for key, kept in self._kept.items() if kept.until > now}
        if len(self._kept) >= KEPT_ANSWERS:
            self._kept.clear()


def _unconditional(scope: Scope) -> Scope:
    return {**scope, "headers": [pair for pair in scope["headers"] if pair[0] != CONDITION]}
