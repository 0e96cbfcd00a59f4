"""Natural batching: while one statement runs, waiting requests gather, and the next takes them all.

No timer: a lone request starts at once. One key (a person) is in at most one running batch, so no batch holds two
rows of one person and no two batches wait for each other's person (design.md §3).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Hashable, Sequence
from typing import Generic, TypeVar

from services.db import unreachable
from services.errors import Unavailable

Item = TypeVar("Item")
Result = TypeVar("Result")
Run = Callable[[list[Item]], Awaitable[Sequence[Result | Exception]]]


class Batcher(Generic[Item, Result]):
    """`run` gets a list of items and gives as many results in the same order; a result that is an exception is
    raised to its caller alone. When `run` itself raises, its items are run again one by one, so that a poisoned
    one does not spoil its batch; but not when the database did not answer: then it is not known what was done.
    """

    def __init__(
        self,
        run: Run[Item, Result],
        *,
        key: Callable[[Item], Hashable],
        max_size: int = 32,
        max_waiting: int = 2000,
        workers: int = 2,
    ) -> None:
        self._run, self._key = run, key
        self._max_size, self._max_waiting, self._workers = max_size, max_waiting, workers
        self._waiting: deque[tuple[Item, asyncio.Future[Result]]] = deque()
        self._running_keys: set[Hashable] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def do(self, item: Item) -> Result:
        """The item's own result. Raises `Unavailable` at once when too many wait already."""
        return await self._enter([item])[0]

    async def do_all(self, items: Sequence[Item]) -> list[Result | BaseException]:
        """The results, or what was raised, of items that came together: they go together, too."""
        return await asyncio.gather(*self._enter(items), return_exceptions=True)

    def _enter(self, items: Sequence[Item]) -> list[asyncio.Future[Result]]:
        if len(self._waiting) + len(items) > self._max_waiting:
            raise Unavailable
        entries = [(item, asyncio.get_running_loop().create_future()) for item in items]
        self._waiting.extend(entries)
        self._start()
        return [future for _, future in entries]

    async def drain(self) -> None:
        """Returns once everything that was taken in has its result."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    def _start(self) -> None:
        while len(self._tasks) < self._workers and (batch := self._take()):
            task = asyncio.create_task(self._work(batch))
            self._tasks.add(task)
            task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._start()

    def _take(self) -> list[tuple[Item, asyncio.Future[Result]]]:
        """Up to `max_size` waiting items whose keys run nowhere; the others keep their place."""
        batch: list[tuple[Item, asyncio.Future[Result]]] = []
        passed: list[tuple[Item, asyncio.Future[Result]]] = []
        while self._waiting and len(batch) < self._max_size:
            entry = self._waiting.popleft()
            if entry[1].cancelled():
                continue
            key = self._key(entry[0])
            if key in self._running_keys:
                passed.append(entry)
            else:
                self._running_keys.add(key)
                batch.append(entry)
        self._waiting.extendleft(reversed(passed))
        return batch

    async def _work(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            await self._settle(batch)
        finally:
            self._running_keys.difference_update(self._key(item) for item, _ in batch)
            for _, future in batch:
                _answer(future, Unavailable())  # only who has no answer: the work was broken off

    async def _settle(self, batch: list[tuple[Item, asyncio.Future[Result]]]) -> None:
        try:
            pairs = list(zip(batch, await self._run([item for item, _ in batch]), strict=True))
        except Exception as error:
            if len(batch) == 1 or isinstance(error, Unavailable) or unreachable(error):
                for _, future in batch:
                    _answer(future, error)
            else:
                for entry in batch:
                    await self._settle([entry])
        else:
            for (_, future), result in pairs:
                _answer(future, result)


def _answer(future: asyncio.Future[Result], result: Result | Exception) -> None:
    if future.done():
        return
    if isinstance(result, Exception):
        future.set_exception(result)
    else:
        future.set_result(result)
