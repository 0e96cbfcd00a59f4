"""Migrates the services' databases, and how a service is run."""

import os
import sys
from collections.abc import Mapping

from services.local import run_file
from services.local.home import PROJECT, Home
from services.local.plan import SERVICES, Service
from services.local.processes import Child, Command, tail
from services.local.trouble import Trouble


def module_command(home: Home, module: str, *arguments: str, name: str, environment: Mapping[str, str]) -> Command:
    """How one of our modules is run: with our Python, the project on its path, a log of its name."""
    python = {"PYTHONPATH": str(PROJECT), "PYTHONSAFEPATH": "1", "PYTHONUNBUFFERED": "1"}
    return Command(
        name=name,
        argv=(sys.executable, "-m", module, *arguments),
        log=home.logs / f"{name}.log",
        env={**os.environ, **python, **environment},
    )


async def migrate(home: Home, database_urls: Mapping[Service, str]) -> None:
    """Brings the services' databases up to date. Raises `Trouble` with the end of the log."""
    names = [service.name for service in database_urls]
    environment = {f"{service.prefix}DATABASE_URL": url for service, url in database_urls.items()}
    module = "services.local.migrate_databases"
    child = await Child.start(module_command(home, module, *names, name="migrate", environment=environment))
    try:
        code = await child.process.wait()
    finally:
        await child.stop()
    if code != 0:
        log = child.command.log
        raise Trouble(f"the migration failed. The end of {log}:\n{tail(log, lines=15)}")


async def migrate_known(home: Home) -> list[str]:
    """Migrates what runs here, else what the environment names. Raises `Trouble` when that is nothing."""
    run = run_file.read(home)
    environments = run.environments if run and run.alive else {}
    databases = [service for service in SERVICES if service.database]
    urls = {
        service: service.given_url or environments.get(service.name, {}).get(f"{service.prefix}DATABASE_URL", "")
        for service in databases
    }
    if not all(urls.values()):
        raise Trouble("nothing runs, and *_DATABASE_URL are not set; `make run` migrates by itself")
    await migrate(home, urls)
    return [service.name for service in databases]
