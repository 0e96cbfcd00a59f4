"""The three services as processes of their own, over servers that may be stopped, slow or half-open."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import httpx
import psutil

from services.clock import SHIFT
from services.local.home import Home
from services.local.migrating import module_command
from services.local.ports import LOOPBACK, any_free
from services.local.processes import Child
from services.local.servers import Servers, temporary_servers
from services.migrations import migrate
from services.tasks import end
from services.testing import ISSUER, MORNING, SECRETS, Issuer, eventually
from tests.booking_svc.bookings.conftest import KYIV, document, rnokpp
from tests.proof.agreement import disagreements

SERVICES = ("booking_svc", "quota_svc", "gateway")
READY_SECONDS = 30.0


class Link:
    """A TCP way to a server that can be slow, or take everything and pass nothing on."""

    def __init__(self, url: str) -> None:
        self._parts = urlsplit(url)
        self.delay_seconds = 0.0
        self._tasks: set[asyncio.Task[Any]] = set()
        self._open = asyncio.Event()
        self._open.set()

    async def start(self) -> str:
        """The address of this end."""
        self._server = await asyncio.start_server(self._carry, LOOPBACK, 0)
        port = self._server.sockets[0].getsockname()[1]
        login = self._parts.netloc.rpartition("@")[0]
        return urlunsplit(self._parts._replace(netloc=f"{login}@{LOOPBACK}:{port}"))

    async def stop(self) -> None:
        self._server.close()
        await end(self._tasks)

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        self.delay_seconds = seconds
        yield
        self.delay_seconds = 0.0

    @contextmanager
    def half_open(self) -> Iterator[None]:
        self._open.clear()
        yield
        self._open.set()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        self._tasks.add(task)
        writers = [writer]
        with suppress(OSError, asyncio.CancelledError):
            answers, there = await asyncio.open_connection(LOOPBACK, self._parts.port)
            writers.append(there)
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, there))
                group.create_task(self._pump(answers, writer))
        for one in writers:
            one.transport.abort()
        self._tasks.discard(task)

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                await asyncio.sleep(self.delay_seconds)
                await self._open.wait()
                writer.write(piece)
                await writer.drain()
        writer.close()


class City:
    """The town of the other tests, behind the gateway. `links`: by the name of the server."""

    def __init__(self, folder: Path, servers: Servers, issuer: Issuer) -> None:
        self.home, self.servers, self._issuer = Home(folder), servers, issuer
        self.links: dict[str, Link] = {}
        self._children: dict[str, Child] = {}
        self._ports = {name: any_free() for name in SERVICES}
        self._environment: dict[str, str] = {}
        self._people = iter(range(1, 1_000_000))

    async def start(self, **settings: str) -> None:
        self.shift(MORNING - datetime.now(UTC))
        urls = {name: await self.servers.create_database(name) for name in ("booking", "quota")}
        for name, url in urls.items():
            await asyncio.to_thread(migrate, f"{name}_svc", url)
        self.links = {"postgres": Link(urls["booking"]), "nats": Link(self.servers.nats_url)}
        booking = urlsplit(await self.links["postgres"].start())
        quota = urlunsplit(booking._replace(path="/quota"))
        self._environment = {name.upper(): value for name, value in SECRETS.items()} | {
            "AUTH_JWKS_URL": self._issuer.jwks.as_uri(),
            "AUTH_ISSUER": ISSUER,
            "CLOCK_FILE": str(self.home.clock_file),
            "NATS_URL": await self.links["nats"].start(),
            "BOOKING_DATABASE_URL": urlunsplit(booking),
            "BOOKING_TICKET_KEY_SEED": "33" * 32,
            "QUOTA_DATABASE_URL": quota,
            "LOG_LEVEL": "WARNING",
            **{f"{name.removesuffix('_svc').upper()}_HTTP_PORT": str(port) for name, port in self._ports.items()},
            **settings,
        }
        await asyncio.gather(*map(self.spawn, SERVICES))
        self.http = httpx.AsyncClient(
            base_url=self.url("gateway"), timeout=20, trust_env=False, limits=httpx.Limits(max_connections=None)
        )
        await self.open()

    async def open(self) -> None:
        """Imports the town and waits until its limits are in force."""
        admin, content = self.bearer("admin"), document()
        content["centres"][0]["calendar"] = []
        answer = await self.http.post(f"{self.url('booking_svc')}/api/v1/admin/import", json=content, headers=admin)
        assert answer.status_code == 200, answer.text

        async def limited() -> bool:
            policies = await self.http.get("/api/v1/admin/policies", headers=admin)
            return len(policies.json()["items"]) == len(content["policies"])

        await eventually(limited)

    async def stop(self) -> None:
        await self.http.aclose()
        for child in self._children.values():
            await child.stop()
        for link in self.links.values():
            await link.stop()

    # Processes.

    def url(self, name: str) -> str:
        return f"http://{LOOPBACK}:{self._ports[name]}"

    async def spawn(self, name: str) -> None:
        """Starts the service and waits until it is ready."""
        command = module_command(self.home, name, name=name, environment=self._environment)
        self._children[name] = await Child.start(command)
        async with httpx.AsyncClient(trust_env=False) as client:

            async def ready() -> bool:
                try:
                    return (await client.get(f"{self.url(name)}/readyz")).status_code == 200
                except httpx.HTTPError:
                    return False

            await eventually(ready, seconds=READY_SECONDS)

    async def kill(self, name: str) -> None:
        """`kill -9`."""
        await self._children[name].kill()

    def runs(self, name: str) -> bool:
        """Whether it is still the process that was started."""
        return self._children[name].running

    def pids(self, name: str) -> list[int]:
        """All processes of a service or a server."""
        servers = {child.command.name: child for child in self.servers._children}
        first = psutil.Process(({**servers, **self._children})[name].pid)
        return [first.pid, *(child.pid for child in first.children(recursive=True))]

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """It stands still and keeps its connections."""
        pids = self.pids(name)
        for pid in pids:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)

    # Time and people.

    def shift(self, by: timedelta) -> None:
        self.home.clock_file.write_bytes(SHIFT.pack(int(by.total_seconds() * 1_000_000)))

    def now(self) -> datetime:
        (shift,) = SHIFT.unpack(self.home.clock_file.read_bytes())
        return datetime.now(UTC) + timedelta(microseconds=shift)

    def bearer(self, *roles: str, **claims: Any) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._issuer.token(*roles, now=self.now(), **claims)}"}

    def citizen(self) -> dict[str, str]:
        """Somebody new."""
        index = next(self._people)
        return self.bearer("citizen", sub=f"{index}", number=rnokpp(index), family_name="Коваль", given_name="Олена")

    def time(self, place: int) -> datetime:
        """One of the times of the coming days."""
        day, step = divmod(place, 24)
        tomorrow = self.now().astimezone(KYIV).replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
        return tomorrow + timedelta(days=day, minutes=20 * step)

    async def hold(self, who: dict[str, str], starts_at: datetime, **headers: str) -> httpx.Response:
        body = {"centre": "town", "service": "licence-exchange", "starts_at": starts_at.isoformat()}
        return await self.http.post("/api/v1/bookings", json=body, headers=who | headers)

    async def step(self, who: dict[str, str], booking_id: str, step: str, **headers: str) -> httpx.Response:
        return await self.http.post(f"/api/v1/bookings/{booking_id}/{step}", headers=who | headers)

    @asynccontextmanager
    async def databases(self) -> AsyncIterator[list[asyncpg.Connection]]:
        """Past the links."""
        both = [await asyncpg.connect(self.servers.database_url(name)) for name in ("booking", "quota")]
        try:
            yield both
        finally:
            for connection in both:
                await connection.close()

    async def at_rest(self) -> None:
        """All holds run out, everything is told; then the stores agree."""
        self.shift(self.now() - datetime.now(UTC) + timedelta(minutes=10))
        async with self.databases() as both:

            async def agree() -> bool:
                return await disagreements(*both) == []

            try:
                await eventually(agree, seconds=20)
            except AssertionError as error:
                raise AssertionError(await disagreements(*both)) from error


@asynccontextmanager
async def city(issuer: Issuer, **settings: str) -> AsyncIterator[City]:
    """A city of its own, with servers of its own."""
    async with AsyncExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="vizyt-proof-")))
        place = City(folder, await stack.enter_async_context(temporary_servers()), issuer)
        stack.push_async_callback(place.stop)
        await place.start(**settings)
        yield place


async def seconds_for(work: Any) -> tuple[float, Any]:
    begin = time.monotonic()
    result = await work
    return time.monotonic() - begin, result
