"""Starts the two servers and then every service, with the addresses of one another."""

import asyncio
import os
from collections.abc import Coroutine
from functools import partial
from typing import Any

from services.local import plan
from services.local.fleet import Fleet
from services.local.home import Home
from services.local.migrating import migrate, module_command
from services.local.nats import Nats
from services.local.plan import GATEWAY, SERVICES, Service
from services.local.ports import LOOPBACK, Ports
from services.local.postgres import Postgres, stop_forgotten
from services.local.readiness import wait_until_ready
from services.local.servers import create_database


class Stack:
    """What a run consists of. Servers that the environment gives addresses of are left to others."""

    def __init__(self, home: Home, fleet: Fleet, *, port: int, host: str) -> None:
        self._home, self._fleet, self._host = home, fleet, host
        ports = Ports(home.path)
        self._service_ports = {service.name: ports.get(service.name) for service in SERVICES if service != GATEWAY}
        self._service_ports[GATEWAY.name] = port
        self._postgres = Postgres(home.path, ports) if plan.needs_postgres() else None
        self._public_url = os.environ.get("PUBLIC_URL") or self._url(GATEWAY)
        self._issuer_port = ports.get(plan.ISSUER) if plan.needs_issuer(self._public_url) else None
        self._nats = None if os.environ.get("NATS_URL") else Nats(home.path, ports)

    async def start(self) -> None:
        """Returns when every service is ready."""
        await together(self._start_postgres(), self._start_nats(), self._start_issuer())
        await together(self._start_service(GATEWAY), self._start_services())
        await self._start_bot()
        issuer = {plan.ISSUER: url} if (url := self._issuer_url()) else {}
        await wait_until_ready({service.name: self._url(service) for service in SERVICES} | issuer)

    async def _start_postgres(self) -> None:
        if self._postgres is None:
            return
        command = await self._postgres.prepare()
        before = partial(stop_forgotten, self._postgres.data)
        await self._fleet.start(command, self._postgres.port, before=before)
        await self._postgres.wait_ready()

    async def _start_nats(self) -> None:
        if self._nats is None:
            return
        await self._fleet.start(await self._nats.prepare(), self._nats.port)
        await self._nats.wait_ready()

    async def _start_issuer(self) -> None:
        if self._issuer_port is None:
            return
        arguments = (str(self._issuer_port), self._url(GATEWAY), self._public_url)
        environment = {"VIZYT_HOME": str(self._home.path)}
        module = "services.local.login"
        command = module_command(self._home, module, *arguments, name=plan.ISSUER, environment=environment)
        await self._fleet.start(command, self._issuer_port)

    async def _start_bot(self) -> None:
        """Nobody waits for it: Telegram may be out of reach."""
        if environment := plan.bot(self._url(GATEWAY)):
            await self._fleet.start(module_command(self._home, plan.BOT, name=plan.BOT, environment=environment), 0)

    async def _start_services(self) -> None:
        """All but the gateway, on migrated databases."""
        urls = {service: url for service in SERVICES if (url := self._database_url(service))}
        await together(*(self._provide_database(service) for service in urls))
        await migrate(self._home, urls)
        await together(*(self._start_service(service) for service in SERVICES if service != GATEWAY))

    async def _provide_database(self, service: Service) -> None:
        if service.database and self._postgres and not service.given_url:
            await create_database(self._postgres.url("postgres"), service.database)

    async def _start_service(self, service: Service) -> None:
        environment = self._environment(service)
        self._fleet.environments[service.name] = environment
        command = module_command(self._home, service.name, name=service.name, environment=environment)
        await self._fleet.start(command, self._service_ports[service.name])

    def _environment(self, service: Service) -> dict[str, str]:
        shared = plan.shared_environment(self._home, nats_url=self._nats.url if self._nats else "")
        shared["GATEWAY_SERVICE_URLS"] = plan.service_urls(self._service_ports)
        shared["PUBLIC_URL"] = self._public_url
        shared |= plan.login(self._issuer_url())
        return shared | plan.own_environment(
            service,
            host=self._host if service == GATEWAY else LOOPBACK,
            port=self._service_ports[service.name],
            database_url=self._database_url(service),
        )

    def _database_url(self, service: Service) -> str | None:
        if service.given_url or not service.database or not self._postgres:
            return service.given_url
        return self._postgres.url(service.database)

    def _issuer_url(self) -> str | None:
        return f"http://{LOOPBACK}:{self._issuer_port}" if self._issuer_port else None

    def _url(self, service: Service) -> str:
        host = self._host if service == GATEWAY and self._host != "0.0.0.0" else LOOPBACK  # noqa: S104
        return f"http://{host}:{self._service_ports[service.name]}"


async def together(*steps: Coroutine[Any, Any, None]) -> None:
    """All at once; the first failure ends the others and is raised as it is."""
    try:
        async with asyncio.TaskGroup() as group:
            for step in steps:
                group.create_task(step)
    except BaseExceptionGroup as failures:
        raise failures.exceptions[0] from None
