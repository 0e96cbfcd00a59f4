"""A whole local run with citizens at work, and the verdict on it: what was acknowledged is there, and all agrees."""

from __future__ import annotations

import asyncio
import logging
import os
import random
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import asyncpg
import httpx

from services.local import run_file
from services.local.home import Home
from tests.e2e.local_run import Run
from tests.proof.agreement import disagreements
from tests.soak.citizens import WISHES_AT_ONCE, Citizen, History
from tests.soak.findings import lost, over_quota, unrest

CITIZENS, HOT_TIMES, HOT_SHARE = 8, 3, 0.2
RECOVERY_SECONDS, RECOVERY_IN_STARTS = 10.0, 1.5
"""After each trouble, work that begins then is acknowledged within this time (issue: "Proof"); on a machine that is
slower or has more to do, within so many times what a start of the whole took there.
"""
REST_SECONDS = 30.0
log = logging.getLogger("soak")


class City:
    """A run of its own, two weeks before the month ends: there are two limits to meet."""

    def __init__(self, base: Path) -> None:
        self.run = Run(base, VIZYT_CLOCK="2027-03-20T09:00:00+02:00", VIZYT_DEMO="0")
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=CITIZENS * WISHES_AT_ONCE)
        self.http = httpx.AsyncClient(base_url=self.run.url, limits=limits, trust_env=False)
        self.history = History()
        self.times: list[str] = []
        self.recoveries: dict[str, list[float]] = {}
        self._limit = RECOVERY_SECONDS
        self._tokens = asyncio.Lock()

    async def open(self) -> None:
        start_seconds = await asyncio.to_thread(self.run.start)
        self._limit = max(RECOVERY_SECONDS, RECOVERY_IN_STARTS * start_seconds)
        await self.vizyt("import", str(Path(__file__).with_name("city.yaml")))
        first = self.run.now().date()
        for day in (first + timedelta(days=ahead) for ahead in range(1, 21)):
            slots = self.run.slots(day, centre="soak-main", service="passport")
            self.times += [slot["starts_at"] for slot in slots]

    async def close(self) -> None:
        await self.http.aclose()
        await asyncio.to_thread(self.run.stop)
        self.run.http.close()

    async def vizyt(self, *arguments: str) -> str:
        return await asyncio.to_thread(self.run.told, *arguments)

    def time(self) -> str:
        """Any, but some times everybody wants."""
        return random.choice(self.times[:HOT_TIMES] if random.random() < HOT_SHARE else self.times)

    async def citizen(self) -> Citizen:
        async with self._tokens:
            caller = await asyncio.to_thread(self.run.citizen)
        return Citizen(self.http, caller.token or "", self.history)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        """Citizens come one after the other, so many at a time; at the end all have their answers."""
        closing = asyncio.Event()

        async def work() -> None:
            while not closing.is_set():
                await (await self.citizen()).live([self.time() for _ in range(WISHES_AT_ONCE)])

        async with asyncio.TaskGroup() as group:
            for _ in range(CITIZENS):
                group.create_task(work())
            try:
                yield
            finally:
                closing.set()

    async def recovered(self, trouble: str) -> None:
        """A new citizen who comes right after the trouble has a ticket soon."""
        begun = time.monotonic()
        citizen = await self.citizen()
        while not await citizen.booked(random.choice(self.times)):
            assert not self.history.surprises, self.history.surprises
        seconds = time.monotonic() - begun
        self.recoveries.setdefault(trouble, []).append(seconds)
        log.warning("%s: new work after %.1f s", trouble, seconds)
        assert seconds < self._limit, f"{trouble}: {seconds:.1f} s"

    # What the troublemakers need.

    async def signal(self, number: int, *names: str) -> None:
        """To these processes, at one moment."""
        processes = await asyncio.to_thread(self.run.processes)
        for name in names:
            os.kill(processes[name]["pid"], number)

    @contextmanager
    def nothing_starts_again(self) -> Iterator[None]:
        """The runner stands still, so that what is killed stays dead."""
        assert self.run.process
        os.kill(self.run.process.pid, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(self.run.process.pid, signal.SIGCONT)

    def setting(self, service: str, name: str) -> str:
        """A setting that the run gave to a service, e.g. the address of its database."""
        run = run_file.read(Home(self.run.home))
        assert run
        return run.environments[service][name]

    @asynccontextmanager
    async def databases(self) -> AsyncIterator[tuple[Any, Any]]:
        bookings = await asyncpg.connect(self.setting("booking_svc", "BOOKING_DATABASE_URL"))
        quotas = await asyncpg.connect(self.setting("quota_svc", "QUOTA_DATABASE_URL"))
        try:
            yield bookings, quotas
        finally:
            await bookings.close()
            await quotas.close()

    # The verdict.

    async def verdict(self) -> list[str]:
        """All holds run out, everything comes to rest; then, what is untrue or wrong. Empty when all is well."""
        await asyncio.to_thread(self.run.clock, "advance", "6m")
        async with self.databases() as (bookings, quotas):
            return [
                *self.history.surprises,
                *self._crashes(),
                *await last(lambda: unrest(bookings, quotas)),
                *await lost(self.history, bookings),
                *await last(lambda: disagreements(bookings, quotas)),
                *await over_quota(bookings, quotas),
                *await last(self._doctor),
            ]

    def _crashes(self) -> list[str]:
        """What a service logged when it answered 500: nothing may."""
        return [line for line in self.run.output.read_text().splitlines() if '"request.crashed"' in line]

    async def _doctor(self) -> list[str]:
        done = await asyncio.to_thread(self.run.vizyt, "doctor")
        return (done.stdout + done.stderr).splitlines() if done.returncode else []


async def last(trouble: Callable[[], Awaitable[list[str]]]) -> list[str]:
    """Waits until there is no trouble any more; the last that was seen when it does not end in time."""
    deadline = time.monotonic() + REST_SECONDS
    while (found := await trouble()) and time.monotonic() < deadline:  # noqa: ASYNC110 (no event tells of it)
        await asyncio.sleep(0.2)
    return found
