"""PostgreSQL and NATS of one folder together: what the runner starts, and the tests."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from services.local import postgres_place
from services.local.nats import Nats
from services.local.ports import Ports, is_free
from services.local.postgres import Postgres
from services.local.processes import Child, tail
from services.local.trouble import Trouble

ATTEMPTS = 3
MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 * 1024**3  # noqa: S108 (mkdtemp makes a folder of its own there)
STOP_SECONDS = 20.0  # a busy disk takes its time for the last checkpoint


class ServerFailed(Trouble):
    """A server ended instead of starting."""


class Servers:
    """Two running servers."""

    def __init__(self, folder: Path) -> None:
        folder = folder.absolute()
        folder.mkdir(parents=True, exist_ok=True, mode=0o711)
        ports = Ports(folder)
        self._postgres = Postgres(folder, ports)
        self._nats = Nats(folder, ports)
        self._children: list[Child] = []

    @property
    def nats_url(self) -> str:
        return self._nats.url

    def database_url(self, name: str) -> str:
        """The address of a database; it need not exist yet."""
        return self._postgres.url(name)

    async def create_database(self, name: str) -> str:
        """Makes the database if it is not there and returns its address."""
        await create_database(self.database_url("postgres"), name)
        return self.database_url(name)

    async def start(self) -> None:
        """Returns when both take connections."""
        await asyncio.gather(self._start(self._postgres), self._start(self._nats))

    async def stop(self) -> None:
        """NATS first, then PostgreSQL."""
        for child in sorted(self._children, key=lambda child: child.command.name):
            await child.stop(seconds=STOP_SECONDS)
        self._children.clear()

    async def _start(self, server: Postgres | Nats) -> None:
        for _ in range(ATTEMPTS):
            child = await Child.start(await server.prepare())
            if await answers(child, server):
                self._children.append(child)
                return
            if is_free(server.port):  # it did not end because somebody else took the port meanwhile
                break
        raise ServerFailed(f"{child.command.name} ended:\n{tail(child.command.log)}")


async def answers(child: Child, server: Postgres | Nats) -> bool:
    """Waits until the server takes connections; False when its process ends instead."""
    ready, ended = asyncio.ensure_future(server.wait_ready()), asyncio.ensure_future(child.process.wait())
    await asyncio.wait({ready, ended}, return_when=asyncio.FIRST_COMPLETED)
    if not ended.done():
        ended.cancel()
        ready.result()
        return True
    ready.cancel()
    return False


async def create_database(url: str, name: str) -> None:
    """`CREATE DATABASE` if it does not exist; `url` is of any other database of that server."""
    connection = await asyncpg.connect(url)
    try:
        if not await connection.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", name):
            await connection.execute(f'CREATE DATABASE "{name}"')
    except (asyncpg.DuplicateDatabaseError, asyncpg.UniqueViolationError):
        pass  # somebody else made it just now
    finally:
        await connection.close()


@asynccontextmanager
async def local_servers(folder: Path) -> AsyncIterator[Servers]:
    """Both servers with their data in `folder`, stopped at the end."""
    servers = Servers(folder)
    try:
        await servers.start()
        yield servers
    finally:
        await servers.stop()


@asynccontextmanager
async def temporary_servers() -> AsyncIterator[Servers]:
    """Both servers in a new folder that is removed at the end: for tests.

    The folder can be entered by the account that PostgreSQL runs as, so that nothing is kept outside of it.
    """
    folder = _temporary_folder()
    try:
        async with local_servers(folder) as servers:
            yield servers
    finally:
        postgres_place.discard(folder / "postgres")
        shutil.rmtree(folder, ignore_errors=True)


def _temporary_folder() -> Path:
    """In memory where there is plenty: a new database for each test is some 300 files made and removed."""
    folder = Path(tempfile.mkdtemp(prefix="vizyt-servers-", dir=MEMORY if _is_roomy(MEMORY) else None))
    folder.chmod(0o711)
    return folder


def _is_roomy(place: Path) -> bool:
    """Whether servers can live and run there."""
    if not os.access(place, os.W_OK):
        return False
    found = os.statvfs(place)
    return found.f_bavail * found.f_frsize >= ROOM_BYTES and not found.f_flag & os.ST_NOEXEC
