"""Every step that services take on their database and on the bus: seen, counted, and made to fail.

The real objects stay; what they are asked to do passes through here (substitution by transport, design.md §7).
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Container, Iterable, Iterator
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.context import Context

CHANGES = re.compile(r"(INSERT INTO|(?<!FOR )(?<!DO )UPDATE|DELETE FROM|LOCK TABLE) (\w+)")
WHERE = re.compile(r"WHERE (?:NOT EXISTS )?([\w.]+ \S+)")
READS = re.compile(r"(SELECT).*?FROM (?:unnest|\()?\s*(\w+)", re.DOTALL)


class Point(NamedTuple):
    """Where a fault strikes: at the n-th time that a step is taken, before it is done or after."""

    step: str
    time: int
    side: str


Fault = type[Exception] | asyncio.Event


class Steps:
    """Watches contexts. `arm` lets one step fail once, or wait for an event; `struck` is set when it does."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.struck = asyncio.Event()
        self._point: Point | None = None
        self._fault: Fault = RuntimeError
        self._times: Counter[str] = Counter()

    def arm(self, point: Point | None = None, fault: Fault = RuntimeError) -> None:
        self.seen, self._times, self._point, self._fault = [], Counter(), point, fault
        self.struck.clear()

    def watch(self, context: Context) -> None:
        """From here on all that this service asks of its database and of the bus is a step."""
        db, bus, name = context.db, context.bus, context.name.removesuffix("_svc")
        begin, connect, hot = db.begin, db.connect, db.hot
        publish, request = bus.nc.publish, bus.request

        @asynccontextmanager
        async def watched_begin() -> AsyncIterator[AsyncSession]:
            first: list[str] = []
            async with begin() as session:
                execute = session.execute

                async def watched_execute(statement: Any, *more: Any, **options: Any) -> Any:
                    first.append(step := f"{name}: {summary(str(statement))}")
                    return await self._taken(step, lambda: execute(statement, *more, **options))

                session.execute = watched_execute  # type: ignore[method-assign]
                yield session
                commit = f"{name}: commit of {first[0].removeprefix(name + ': ') if first else 'nothing'}"
                time = self._note(commit)
                await self._strike(Point(commit, time, "before"))
            await self._strike(Point(commit, time, "after"))

        async def watched_hot(statement: str, *arguments: Any) -> Any:
            return await self._taken(f"{name}: {summary(statement)}", lambda: hot(statement, *arguments))

        async def watched_connect() -> Any:
            return _Connection(await connect(), name, self._taken)

        async def watched_publish(subject: str, *more: Any, **options: Any) -> None:
            await self._taken(f"{name}> {kind(subject)}", lambda: publish(subject, *more, **options))

        async def watched_request(subject: str, body: bytes, *, timeout_seconds: float) -> bytes:
            return await self._taken(
                f"{name}? {subject}", lambda: request(subject, body, timeout_seconds=timeout_seconds)
            )

        db.begin, db.connect, db.hot = watched_begin, watched_connect, watched_hot  # type: ignore[method-assign]
        bus.nc.publish, bus.request = watched_publish, watched_request  # type: ignore[method-assign]

    async def _taken(self, step: str, take: Callable[[], Awaitable[Any]]) -> Any:
        time = self._note(step)
        await self._strike(Point(step, time, "before"))
        result = await take()
        await self._strike(Point(step, time, "after"))
        return result

    def _note(self, step: str) -> int:
        """How many times it has been taken since `arm`, this one included."""
        self._times[step] += 1
        self.seen.append(step)
        return self._times[step]

    async def _strike(self, point: Point) -> None:
        if self._point == point:
            self._point = None
            self.struck.set()
            if isinstance(self._fault, asyncio.Event):
                await self._fault.wait()
            else:
                raise self._fault(str(point))


class _Connection:
    """A leader's own connection."""

    def __init__(self, real: Any, name: str, taken: Callable[..., Awaitable[Any]]) -> None:
        self._real, self._name, self._taken = real, name, taken

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    async def fetch(self, statement: str, *arguments: Any, **options: Any) -> Any:
        step = f"{self._name}: {summary(statement)}"
        return await self._taken(step, lambda: self._real.fetch(statement, *arguments, **options))

    async def execute(self, statement: str, *arguments: Any, **options: Any) -> Any:
        step = f"{self._name}: {summary(statement)}"
        return await self._taken(step, lambda: self._real.execute(statement, *arguments, **options))


def own(seen: Iterable[str], idle: Container[str]) -> Iterator[str]:
    """The steps that a piece of work took: neither what an idle world does, nor the relay's looks at its streams."""
    return (step for step in seen if step not in idle and not step.endswith("> api"))


def summary(statement: str) -> str:
    """The first table that the statement changes, else the one that it reads, and by what: `UPDATE slot id =`."""
    found = CHANGES.search(statement) or READS.search(statement)
    where = WHERE.search(statement)
    parts = [*found.groups(), *(where.groups() if where else ())] if found else [statement.split("(")[0].strip()]
    return " ".join(parts)


def kind(subject: str) -> str:
    """What a message is for, without the names that NATS makes up."""
    for prefix, word in (("_INBOX.", "reply"), ("$JS.ACK.", "ack"), ("$JS.API.", "api")):
        if subject.startswith(prefix):
            return word
    return subject
