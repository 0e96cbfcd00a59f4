"""A service as its own process: it serves, says so in JSON, and ends on SIGTERM without losing a request."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest

from services.local.ports import any_free
from services.server import main
from services.settings import ServiceSettings
from services.testing import ISSUER, SECRETS, Stack, eventually
from tests.services.world import seconds_for

PROGRAM = """
import asyncio
from fastapi import APIRouter
from services.app import Service, create_app
from services.server import main
from services.settings import DatabaseSettings

router = APIRouter()

@router.get("/slow")
async def slow() -> dict[str, str]:
    await asyncio.sleep(1)
    return {"done": "yes"}

@router.get("/crash")
async def crash() -> None:
    raise RuntimeError("1759013776")

if __name__ == "__main__":
    settings = DatabaseSettings()
    main("probe_svc", settings, lambda: create_app(settings, Service(name="probe_svc", routers=[router])))
"""


class Process:
    def __init__(self, process: asyncio.subprocess.Process, port: int, log: Path) -> None:
        self.process, self.address, self.log = process, f"http://127.0.0.1:{port}", log

    async def ready(self) -> bool:
        async with httpx.AsyncClient() as client:
            try:
                return (await client.get(f"{self.address}/readyz")).status_code == 200
            except httpx.HTTPError:
                return False


@asynccontextmanager
async def process(stack: Stack, url: str, folder: Path, *arguments: str) -> AsyncIterator[Process]:
    port = any_free()
    program, log = folder / "probe.py", folder / "log"
    program.write_text(PROGRAM)
    env = {
        **os.environ,
        "PYTHONPATH": str(Path.cwd()),
        "DATABASE_URL": url,
        "NATS_URL": stack.servers.nats_url,
        "AUTH_JWKS_URL": stack.issuer.jwks.as_uri(),
        "AUTH_ISSUER": ISSUER,
        "HTTP_PORT": str(port),
        **{name.upper(): value for name, value in SECRETS.items()},
    }
    with log.open("wb") as output:
        running = await asyncio.create_subprocess_exec(
            sys.executable, "-W", "error", str(program), *arguments, env=env, stdout=output, stderr=output
        )
    try:
        yield Process(running, port, log)
    finally:
        if running.returncode is None:
            running.kill()
        await running.wait()


@pytest.mark.slow
async def test_sigterm_ends_it_after_the_requests_in_flight(stack: Stack, url: str, tmp_path: Path) -> None:
    """The answer that was begun comes, new connections are refused, the end is quick and clean."""
    async with process(stack, url, tmp_path) as service:
        await eventually(service.ready, seconds=20)
        async with httpx.AsyncClient(base_url=service.address) as client:
            answer = await client.get("/livez")
            assert "server" not in answer.headers
            assert (await client.get("/crash")).status_code == 500
            slow = asyncio.create_task(client.get("/slow"))
            await asyncio.sleep(0.3)
            service.process.send_signal(signal.SIGTERM)
            assert (await slow).json() == {"done": "yes"}
        assert await seconds_for(service.process.wait()) < 5
        assert service.process.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in service.log.read_text().splitlines()]
    assert [line["event"] for line in lines] == ["service.ready", "request.crashed"]
    assert "1759013776" not in service.log.read_text()


@pytest.mark.slow
async def test_an_idle_connection_is_left_to_the_proxy_in_front(stack: Stack, url: str, tmp_path: Path) -> None:
    """Closed after five seconds, the server's usual ones, a request now and then met the close and got no answer."""
    async with process(stack, url, tmp_path) as service:
        await eventually(service.ready, seconds=20)
        async with httpx.AsyncClient(base_url=service.address, limits=httpx.Limits(keepalive_expiry=60)) as client:
            first = await _connection(client)
            await asyncio.sleep(6)
            assert await _connection(client) == first


async def _connection(client: httpx.AsyncClient) -> tuple[str, int]:
    answer = await client.get("/livez")
    address: tuple[str, int] = answer.extensions["network_stream"].get_extra_info("client_addr")
    return address


@pytest.mark.slow
async def test_it_is_alive_before_its_dependencies_and_ends_while_it_waits(stack: Stack, tmp_path: Path) -> None:
    """Without a database: `/livez` 200, `/readyz` 503, and SIGTERM ends the wait."""
    async with process(stack, "postgresql://x@127.0.0.1:9/none", tmp_path) as service:
        async with httpx.AsyncClient(base_url=service.address) as client:

            async def alive() -> bool:
                try:
                    return (await client.get("/livez")).status_code == 200
                except httpx.HTTPError:
                    return False

            await eventually(alive, seconds=20)
            assert (await client.get("/readyz")).json()["postgres"] == "down"
        service.process.send_signal(signal.SIGTERM)
        assert await seconds_for(service.process.wait()) < 4
    events = {json.loads(line)["event"] for line in service.log.read_text().splitlines()}
    assert events == {"service.waits"}


def test_another_word_on_the_command_line_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    """Usage instead of serving."""
    monkeypatch.setattr(sys, "argv", ["probe", "wrong"])
    with pytest.raises(SystemExit, match=r"usage: python -m probe_svc \[migrate\]"):
        main("probe_svc", ServiceSettings(NATS_URL="nats://x"), lambda: None)  # type: ignore[arg-type,return-value,call-arg]
