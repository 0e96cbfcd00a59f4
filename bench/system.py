"""The real system, started as a user starts it, with a data folder and ports of its own."""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg

from bench import city, process
from services.local import clock_file, postgres_place, run_file
from services.local.home import PROJECT, Home
from services.local.ports import any_free

READY_SECONDS, DRAIN_SECONDS = 90.0, 60.0
SERVICES = ("gateway", "booking_svc", "quota_svc")
NAMES = (*SERVICES, "nats", "postgres")
COMMAND = str(PROJECT / "vizyt")
UNPUBLISHED = "SELECT count(*) FROM outbox WHERE published_at IS NULL"


class Failed(Exception):
    """The bench cannot go on."""


class System:
    """A running one."""

    def __init__(self, base: Path) -> None:
        self.base, self.home = base, Home(base / "home")
        self.port = any_free()
        kept = {name: value for name, value in os.environ.items() if not re.search(r"^VIZYT|_URL$|^PORT$", name)}
        self.env = kept | {
            "VIZYT_HOME": str(self.home.path),
            "PORT": str(self.port),
            "VIZYT_DEMO": "0",
            "VIZYT_CLOCK": city.STARTS_AT.isoformat(),
        }

    @property
    def direct_port(self) -> int:
        """booking_svc's own."""
        return self._entry("booking_svc").port

    @property
    def pids(self) -> dict[str, int]:
        return {entry.name: entry.pid for entry in run_file.living(self.home).processes}

    def environment(self, service: str) -> dict[str, str]:
        """What the runner gave to a service."""
        return run_file.living(self.home).environments[service]

    def database(self, name: str) -> str:
        """The address of a database on the run's PostgreSQL."""
        return self.environment("booking_svc")["BOOKING_DATABASE_URL"].rpartition("/")[0] + f"/{name}"

    def now(self) -> datetime:
        return clock_file.now(self.home)

    def vizyt(self, *arguments: str) -> str:
        """The output of a command. Raises `Failed` when it fails."""
        done = subprocess.run(  # noqa: S603 (our own command)
            [COMMAND, *arguments], env=self.env, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise Failed(f"vizyt {' '.join(arguments)}: {done.stdout}{done.stderr}")
        return done.stdout

    def load(self, document: city.Document) -> None:
        """The public import."""
        file = self.base / "document.json"
        file.write_text(json.dumps(document))
        self.vizyt("import", str(file))

    def doctor(self) -> list[str]:
        """What it finds wrong."""
        try:
            self.vizyt("doctor")
        except Failed as failed:
            return str(failed).splitlines()
        return []

    def settle(self) -> None:
        """Returns when everything that was done has been told: nothing of a round runs into the next one."""
        deadline = time.monotonic() + DRAIN_SECONDS
        while any(query(self.database(name), UNPUBLISHED)[0][0] for name in ("booking", "quota", "feedback")):
            if time.monotonic() > deadline:
                raise Failed("the outbox does not drain")
            time.sleep(0.05)

    def _entry(self, name: str) -> run_file.Entry:
        return next(entry for entry in run_file.living(self.home).processes if entry.name == name)


@contextmanager
def running() -> Iterator[System]:
    """Started, and at the end stopped and removed."""
    base = Path(tempfile.mkdtemp(prefix="vizyt-bench-"))
    base.chmod(0o711)  # PostgreSQL's account passes through
    system = System(base)
    output = base / "output"
    try:
        with process.running((COMMAND, "run"), system.env, output) as runner:
            _wait_until_ready(runner, output)
            yield system
    finally:
        postgres_place.discard(system.home.path / "postgres")
        shutil.rmtree(base, ignore_errors=True)


def _wait_until_ready(runner: subprocess.Popen[bytes], output: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while "ready: " not in output.read_text():
        if runner.poll() is not None or time.monotonic() > deadline:
            raise Failed(f"it does not start:\n{output.read_text()}")
        time.sleep(0.05)


def query(url: str, statement: str, *arguments: Any) -> Sequence[asyncpg.Record]:
    """One statement, on a connection of its own."""

    async def fetch() -> Sequence[asyncpg.Record]:
        connection = await asyncpg.connect(url, command_timeout=180)
        try:
            rows: Sequence[asyncpg.Record] = await connection.fetch(statement, *arguments)
            return rows
        finally:
            await connection.close()

    return asyncio.run(fetch())


def script(url: str, statements: str) -> None:
    """Several statements, one after the other."""

    async def execute() -> None:
        connection = await asyncpg.connect(url, command_timeout=180)
        try:
            await connection.execute(statements)
        finally:
            await connection.close()

    asyncio.run(execute())
