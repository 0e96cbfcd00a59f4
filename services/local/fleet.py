"""All processes of a run: kept running, written down in `run.json`, stopped in order."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterable

from services.local import nats, postgres, run_file
from services.local.home import Home
from services.local.keeper import Keeper, nothing
from services.local.processes import Command, rotate, tail
from services.local.run_file import Entry, Run, entry
from services.local.trouble import Trouble

DEATHS_AT_START = 4
LOG_CHECK_SECONDS = 30.0
FRONT = "gateway"
# how long each may take; together under the 10 seconds of api.md. What the others leave is PostgreSQL's
FRONT_SECONDS, SERVICE_SECONDS, NATS_SECONDS, ALL_SECONDS = 2.0, 3.25, 1.0, 8.25


class Fleet:
    """The keepers by name."""

    def __init__(self, home: Home, url: str) -> None:
        self._home, self._url = home, url
        self._runner = entry("runner", os.getpid(), 0)
        self._keepers: dict[str, Keeper] = {}
        self._entries: dict[str, Entry] = {}
        self.environments: dict[str, dict[str, str]] = {}

    async def start(self, command: Command, port: int, *, before: Callable[[], Awaitable[None]] = nothing) -> Keeper:
        """Starts a process that is kept running from then on; `before` prepares every start."""
        keeper = Keeper(command, port, changed=self.write, before=before)
        self._keepers[command.name] = keeper
        await keeper.start()
        return keeper

    def entries(self) -> list[Entry]:
        """The present processes, servers first."""
        return [self._entry(keeper) for keeper in self._keepers.values() if keeper.child]

    def write(self) -> None:
        """Tells the commands what runs now."""
        run_file.write(self._home, Run(self._runner, self._url, self.entries(), self.environments))

    async def watch_start(self) -> None:
        """Returns never; raises `Trouble` about a process that ends again and again before all is ready."""
        while True:
            for keeper in self._keepers.values():
                if keeper.deaths >= DEATHS_AT_START:
                    log = keeper.command.log
                    raise Trouble(f"{keeper.name} does not stay up. The end of {log}:\n{tail(log)}")
            await asyncio.sleep(0.1)

    async def keep_logs_short(self) -> None:
        """Returns never."""
        while True:
            await asyncio.sleep(LOG_CHECK_SECONDS)
            for keeper in self._keepers.values():
                await asyncio.to_thread(rotate, keeper.command.log)

    async def stop(self) -> None:
        """The front first, so that nothing new comes in; then the services, then what they stand on."""
        begin = time.monotonic()
        services = self._keepers.keys() - {FRONT, nats.NAME, postgres.NAME}
        await self._stop({FRONT}, seconds=FRONT_SECONDS)
        await self._stop(services, seconds=SERVICE_SECONDS)
        await self._stop({nats.NAME}, seconds=NATS_SECONDS)
        await self._stop({postgres.NAME}, seconds=begin + ALL_SECONDS - time.monotonic())
        self._home.run_file.unlink(missing_ok=True)

    def kill(self) -> None:
        """Everything at once, for those who ask twice."""
        for keeper in self._keepers.values():
            keeper.kill()

    async def _stop(self, names: Iterable[str], *, seconds: float) -> None:
        keepers = [self._keepers[name] for name in names if name in self._keepers]
        await asyncio.gather(*(keeper.stop(seconds=seconds) for keeper in keepers))

    def _entry(self, keeper: Keeper) -> Entry:
        pid = keeper.child.pid if keeper.child else 0
        known = self._entries.get(keeper.name)
        if known is None or known.pid != pid:
            known = self._entries[keeper.name] = entry(keeper.name, pid, keeper.port)
        return known
