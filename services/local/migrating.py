"""Migrates the services' databases: `python -m <service> migrate`, one process each, side by side."""

import asyncio
import os
import sys
from collections.abc import Mapping

from services.local import run_file
from services.local.home import PROJECT, Home
from services.local.plan import SERVICES, shared_environment
from services.local.processes import Child, Command, tail
from services.local.trouble import Trouble


def service_command(home: Home, name: str, *arguments: str, environment: Mapping[str, str]) -> Command:
    """How a service, or one of its commands, is run: with our Python, the project on its path, its own log."""
    log = "-".join((name, *arguments))
    python = {"PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    return Command(
        name=name,
        argv=(sys.executable, "-m", name, *arguments),
        log=home.logs / f"{log}.log",
        env={**os.environ, **python, **environment},
    )


async def migrate(home: Home, name: str, environment: Mapping[str, str]) -> None:
    """Brings one service's database up to date. Raises `Trouble` with the end of its log."""
    child = await Child.start(service_command(home, name, "migrate", environment=environment))
    try:
        code = await child.process.wait()
    finally:
        await child.stop()
    if code != 0:
        log = child.command.log
        raise Trouble(f"the migration of {name} failed. The end of {log}:\n{tail(log, lines=15)}")


async def migrate_known(home: Home) -> list[str]:
    """Migrates what runs here, else what the environment names. Raises `Trouble` when that is nothing."""
    run = run_file.read(home)
    databases = [service for service in SERVICES if service.database]
    if run and run.alive:
        known = {service.name: run.environments[service.name] for service in databases}
    elif all(service.given_url for service in databases):
        known = {service.name: shared_environment(home, nats_url="nats://127.0.0.1") for service in databases}
    else:
        raise Trouble("nothing runs, and *_DATABASE_URL are not set; `make run` migrates by itself")
    await migrate_all(home, known)
    return list(known)


async def migrate_all(home: Home, environments: Mapping[str, Mapping[str, str]]) -> None:
    """All at once; returns when every one is done."""
    async with asyncio.TaskGroup() as group:
        for name, environment in environments.items():
            group.create_task(migrate(home, name, environment))
