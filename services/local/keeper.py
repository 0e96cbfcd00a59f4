"""Keeps one process running: whatever ends is started again, on the same port."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from contextlib import suppress

import psutil

from services.local.processes import Child, Command

FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 2.0
STEADY_SECONDS = 10.0


async def nothing() -> None:
    """No preparation is needed."""


class Keeper:
    """One command and its present process. `changed` is called after every start."""

    def __init__(
        self,
        command: Command,
        port: int,
        *,
        changed: Callable[[], None],
        before: Callable[[], Awaitable[None]] = nothing,
    ) -> None:
        self.command, self.port = command, port
        self._changed, self._before = changed, before
        self._task: asyncio.Task[None] | None = None
        self.child: Child | None = None
        self.deaths = 0

    @property
    def name(self) -> str:
        return self.command.name

    async def start(self) -> None:
        """Starts the process and watches it from then on."""
        await self._spawn()
        self._task = asyncio.create_task(self._keep())

    async def stop(self, *, seconds: float) -> None:
        """No more restarts; the process is asked to stop and killed after `seconds`."""
        if self._task:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task
        if self.child:
            await self.child.stop(seconds=seconds)

    def kill(self) -> None:
        """At once and for good; `stop` still has to be awaited."""
        if self._task:
            self._task.cancel()
        if self.child and self.child.running:
            self.child.process.kill()

    async def _spawn(self) -> None:
        await self._before()
        self.child = await Child.start(self.command)
        self._changed()

    async def _keep(self) -> None:
        while self.child:
            code = await self.child.process.wait()
            steady = self.child.age_seconds > STEADY_SECONDS
            self.deaths = 1 if steady else self.deaths + 1
            print(f"{self.name} ended ({_words(code)}), starting it again", file=sys.stderr, flush=True)
            await self._respawn()

    async def _respawn(self) -> None:
        while True:
            await asyncio.sleep(self._pause())
            try:
                await self._spawn()
            except (OSError, psutil.Error) as error:  # no memory or no process to be had just now
                print(f"{self.name} cannot be started: {error}", file=sys.stderr, flush=True)
                self.deaths += 1
            else:
                return

    def _pause(self) -> float:
        return min(FIRST_PAUSE_SECONDS * 2.0 ** min(self.deaths - 1, 10), LONGEST_PAUSE_SECONDS)


def _words(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
