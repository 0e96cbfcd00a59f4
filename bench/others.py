"""The processes beside the real system: FastAPI with nothing behind it, and the ORM's way with a gateway of its own.

That gateway has a NATS of its own, because the ORM's service answers there under booking_svc's name.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import NamedTuple

import httpx

from bench import databases, process
from bench.system import Failed, System
from services.local.nats import Nats
from services.local.ports import LOOPBACK, Ports, any_free
from services.local.processes import tail

READY_SECONDS = 30.0
BARE = ("-m", "uvicorn", "bench.bare:app", "--no-access-log", "--no-server-header", "--no-date-header",
        "--log-level", "warning")  # fmt: skip


class Others(NamedTuple):
    """Where they listen."""

    bare: int
    orm: int
    orm_gateway: int


@contextmanager
def running(system: System) -> Iterator[Others]:
    """All started and ready; stopped at the end."""
    others = Others(any_free(), any_free(), any_free())
    nats = _nats(system)
    command = asyncio.run(nats.prepare())
    orm = system.environment("booking_svc") | {
        "NATS_URL": nats.url,
        "ORM_HTTP_PORT": str(others.orm),
        "ORM_DATABASE_URL": databases.make(system, databases.ORM),
    }
    gateway = system.environment("gateway") | {"NATS_URL": nats.url, "GATEWAY_HTTP_PORT": str(others.orm_gateway)}
    with ExitStack() as stack:
        stack.enter_context(process.running(command.argv, command.env, command.log))
        asyncio.run(nats.wait_ready())
        for arguments, environment, port in (
            (("-m", "bench.orm"), orm, others.orm),
            (("-m", "gateway"), gateway, others.orm_gateway),
            ((*BARE, "--port", str(others.bare)), {}, others.bare),
        ):
            log = system.base / f"{port}.log"
            stack.enter_context(process.running((sys.executable, *arguments), os.environ | environment, log))
            _wait_until_ready(port, log)
        yield others


def _nats(system: System) -> Nats:
    folder = system.base / "other"
    folder.mkdir()
    return Nats(folder, Ports(folder))


def _wait_until_ready(port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while not _answers(port):
        if time.monotonic() > deadline:
            raise Failed(f"does not start:\n{tail(log)}")
        time.sleep(0.05)


def _answers(port: int) -> bool:
    """FastAPI alone has no such page, which is an answer as well."""
    try:
        return httpx.get(f"http://{LOOPBACK}:{port}/readyz", trust_env=False).status_code != 503
    except httpx.TransportError:
        return False
