"""`make run`, whole: real servers, real services, as a person starts and stops them."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import sys
import tempfile
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from services.local import postgres_place
from services.local.plan import SERVICES
from services.local.ports import LOOPBACK, any_free
from services.local.servers import Servers
from services.testing import eventually

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
NAMES = {"postgres", "nats", "issuer", *(service.name for service in SERVICES)}
READY_SECONDS = 90.0


class Run:
    """A run of its own folder and port."""

    def __init__(self, home: Path) -> None:
        self.home, self.port = home, any_free()
        self.url = f"http://{LOOPBACK}:{self.port}"
        outside = ("_DATABASE_URL", "NATS_URL", "VIZYT_CLOCK")
        env = {name: value for name, value in os.environ.items() if not name.endswith(outside)}
        self.env = env | {"VIZYT_HOME": str(home), "PORT": str(self.port)}

    @asynccontextmanager
    async def started(self, *command: str, **env: str) -> AsyncIterator[Process]:
        """Starts it, waits for the ready line, and makes sure that it ends."""
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=self.env | env, stdout=PIPE)
        try:
            await asyncio.wait_for(self._ready(process), READY_SECONDS)
            yield process
        finally:
            if process.returncode is None:
                process.terminate()
            await process.communicate()

    async def _ready(self, process: Process) -> None:
        assert process.stdout
        async for line in process.stdout:
            if line == f"ready: {self.url}\n".encode():
                return
        raise AssertionError(f"ended with {await process.wait()}")

    async def vizyt(self, *arguments: str) -> tuple[int, str]:
        """A command's exit code and output."""
        command = [sys.executable, "-P", "-m", "services.local", *arguments]
        env = self.env | {"PYTHONPATH": str(ROOT)}
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, env=env, stdout=PIPE)
        output, _ = await process.communicate()
        return process.returncode or 0, output.decode()

    async def processes(self) -> dict[str, dict[str, Any]]:
        _, output = await self.vizyt("ps", "--json")
        return {item["name"]: item for item in json.loads(output)}


RATINGS_OF_2025 = {
    "UA56000000000066151": 9459,
    "UA07000000000024379": 7546,
    "UA18000000000041385": 6592,
    "": 23597,
}
"""Rivne, Volyn, Zhytomyr, together (domain.md §3)."""


async def _ratings_of_2025(client: httpx.AsyncClient) -> dict[str, int]:
    asked = {"from": "2025-01-01", "to": "2025-12-31", "group_by": "region"}
    answer = (await client.get("/api/v1/stats/ratings", params=asked)).json()
    return {item["key"]: item["ratings"] for item in (*answer["items"], answer["total"])}


@pytest.fixture
def folder() -> Iterator[Path]:
    base = Path(tempfile.mkdtemp(prefix="vizyt-run-"))
    base.chmod(0o711)
    yield base
    for home in base.iterdir():
        postgres_place.discard(home / "postgres")
    shutil.rmtree(base)


async def test_a_run_shows_its_processes_restarts_what_is_killed_and_stops_in_ten_seconds(folder: Path) -> None:
    """With the demo data in it, started and stopped through make."""
    run, begin = Run(folder / "home"), time.monotonic()
    async with run.started("make", "-s", "run") as make:
        started_seconds = time.monotonic() - begin
        before = await run.processes()
        assert set(before) == NAMES
        assert before["gateway"]["port"] == run.port
        async with httpx.AsyncClient(base_url=run.url, timeout=10) as client:
            assert (await client.get("/api/v1/organisations")).json()["items"]
            assert await _ratings_of_2025(client) == RATINGS_OF_2025
            assert (await run.vizyt("stats", "rebuild"))[0] == 0
            assert await _ratings_of_2025(client) == RATINGS_OF_2025
            for name in ("issuer", "nats", "postgres", *(service.name for service in SERVICES)):
                os.kill(before[name]["pid"], signal.SIGKILL)
                await eventually(lambda: _all_up(client), seconds=max(8, started_seconds))
        after = await run.processes()
        assert all(after[name]["pid"] != before[name]["pid"] for name in NAMES)
        assert all(after[name]["port"] == before[name]["port"] for name in NAMES)
        begin = time.monotonic()
        make.send_signal(signal.SIGTERM)
        await make.communicate()
        assert time.monotonic() - begin < 10
    assert not [name for name, item in after.items() if psutil.pid_exists(item["pid"])]
    code, _ = await run.vizyt("ps")
    assert code == 1


async def test_two_runs_side_by_side_do_not_disturb_each_other(folder: Path) -> None:
    """Each has its processes, ports, data and clock; the end of one is not the end of the other."""
    one, two = Run(folder / "one"), Run(folder / "two")
    command = (sys.executable, "-m", "services.local", "run")
    async with one.started(*command, VIZYT_DEMO="0"):
        async with two.started(*command, VIZYT_DEMO="0"):
            first, second = await one.processes(), await two.processes()
            for key in ("pid", "port"):
                assert not {item[key] for item in first.values()} & {item[key] for item in second.values()}
            await two.vizyt("clock", "advance", "35d")
            assert (await one.vizyt("clock", "show"))[1][:10] != (await two.vizyt("clock", "show"))[1][:10]
        async with httpx.AsyncClient(base_url=one.url, timeout=10) as client:
            assert await _all_up(client)
            assert (await client.get("/api/v1/organisations")).json()["items"] == []
        assert (await one.vizyt("doctor"))[0] == 0
        assert await one.processes() == first


async def test_given_outside_servers_it_starts_none_of_its_own(folder: Path, servers: Servers) -> None:
    """Nothing else changes (design.md §6)."""
    outside = {"NATS_URL": servers.nats_url}
    for service in SERVICES:
        if service.database:
            url = await servers.create_database(f"outside_{service.database}")
            outside[f"{service.prefix}DATABASE_URL"] = url
    run = Run(folder / "home")
    async with run.started(sys.executable, "-m", "services.local", "run", **outside):
        assert set(await run.processes()) == NAMES - {"postgres", "nats"}
        assert (await run.vizyt("doctor"))[0] == 0
        assert (await run.vizyt("migrate"))[0] == 0


async def test_a_second_run_finds_the_data_as_it_was(folder: Path) -> None:
    """Also after the first runner was killed without warning."""
    run = Run(folder / "home")
    command = (sys.executable, "-m", "services.local", "run")
    async with run.started(*command) as process:
        process.kill()
    async with run.started(*command, VIZYT_DEMO="0"), httpx.AsyncClient(base_url=run.url, timeout=10) as client:
        assert (await client.get("/api/v1/organisations")).json()["items"]


async def _all_up(client: httpx.AsyncClient) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return (await client.get("/api/v1/status")).status_code == 200
    return False
