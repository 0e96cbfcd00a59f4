"""`make run`: everything on one machine until Ctrl-C or SIGTERM."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from services.local import clock_file, demo_data, issuer, run_file
from services.local.fleet import Fleet
from services.local.home import Home
from services.local.lock import locked
from services.local.ports import LOOPBACK, is_free
from services.local.stack import Stack
from services.local.tables import show_processes
from services.local.trouble import Trouble


def run(home: Home, *, port: int, host: str = LOOPBACK) -> None:
    """Runs until told to stop. Raises `Trouble` when it cannot start."""
    with locked(home.create()):
        asyncio.run(Runner(home, port=port, host=host).run())


class Runner:
    """One local run, from nothing to ready and back to nothing."""

    def __init__(self, home: Home, *, port: int, host: str) -> None:
        self._home, self._port, self._host = home, port, host
        self.url = f"http://{LOOPBACK if host == '0.0.0.0' else host}:{port}"  # noqa: S104
        self._fleet = Fleet(home, self.url)
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Starts, announces, keeps everything running, stops in order."""
        self._listen()
        try:
            await self._unless_stopping(self._start())
            await self._unless_stopping(self._fleet.keep_logs_short())
        finally:
            await self._fleet.stop()

    def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            # nohup wants us to outlive the terminal
            if number != signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, self._stop)

    def _stop(self) -> None:
        """The first signal stops in order, a second one kills."""
        if self._stopping.is_set():
            self._fleet.kill()
        self._stopping.set()

    async def _start(self) -> None:
        await asyncio.to_thread(self._prepare)
        stack = Stack(self._home, self._fleet, port=self._port, host=self._host)
        await first_of(stack.start(), self._fleet.watch_start())
        await demo_data.load_into_empty_store(self._home, self.url)
        show_processes(self._fleet.entries(), self._home)
        print(f"ready: {self.url}", flush=True)

    def _prepare(self) -> None:
        for name in run_file.stop_leftovers(self._home):
            print(f"stopped {name}, left behind by a run that was killed", file=sys.stderr)
        if not is_free(self._port, host=self._host):
            raise Trouble(f"port {self._port} is taken: stop what listens there, or choose another PORT")
        clock_file.ensure(self._home)
        issuer.ensure_key(self._home)

    async def _unless_stopping(self, work: Coroutine[Any, Any, None]) -> None:
        """Does the work until a signal comes."""
        if self._stopping.is_set():
            work.close()
        else:
            await first_of(work, self._until_stopping())

    async def _until_stopping(self) -> None:
        await self._stopping.wait()


async def first_of(*ways: Coroutine[Any, Any, None]) -> None:
    """Runs all, returns or raises like the one that ends first, cancels the others."""
    tasks = [asyncio.create_task(way) for way in ways]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError, Exception):
                await task
