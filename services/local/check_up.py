"""`vizyt doctor`: every process, what it depends on, and what each service finds wrong in its own store."""

import asyncio

import httpx

from services.local import run_file
from services.local.home import Home
from services.local.plan import SERVICES
from services.local.ports import LOOPBACK
from services.local.run_file import Entry

DATABASES = {service.name for service in SERVICES if service.database}
NAMES = {service.name for service in SERVICES}
TIMEOUT_SECONDS, READY_SECONDS = 30.0, 5.0


async def findings(home: Home) -> list[str]:
    """What is wrong, a line each. Raises `Trouble` when nothing runs."""
    run = run_file.living(home)
    missing = [f"{name}: does not run" for name in sorted(NAMES - {entry.name for entry in run.processes})]
    async with httpx.AsyncClient(timeout=TIMEOUT_SECONDS, trust_env=False) as client:
        found = await asyncio.gather(*(_examine(entry, client) for entry in run.processes))
    return missing + [line for lines in found for line in lines]


async def _examine(entry: Entry, client: httpx.AsyncClient) -> list[str]:
    if entry.process() is None:
        return [f"{entry.name}: process {entry.pid} has ended"]
    if entry.name not in NAMES:
        return await _connects(entry) if entry.port else []  # the bot listens nowhere
    base = f"http://{LOOPBACK}:{entry.port}"
    try:
        ready = await client.get(f"{base}/readyz", timeout=READY_SECONDS)
        found = [] if ready.is_success else [f"{entry.name}: not ready: {ready.text[:500]}"]
        return found + (await _own_findings(entry, base, client) if entry.name in DATABASES else [])
    except httpx.HTTPError as error:
        return [f"{entry.name}: does not answer on port {entry.port} ({type(error).__name__})"]


async def _own_findings(entry: Entry, base: str, client: httpx.AsyncClient) -> list[str]:
    answer = await client.get(f"{base}/doctor")
    if not answer.is_success:
        return [f"{entry.name}: its own check fails: {answer.status_code} {answer.text[:500]}"]
    return [f"{entry.name}: {finding}" for finding in answer.json()["findings"]]


async def _connects(entry: Entry) -> list[str]:
    try:
        _, writer = await asyncio.open_connection(LOOPBACK, entry.port)
    except OSError as error:
        return [f"{entry.name}: takes no connections on port {entry.port} ({error.strerror})"]
    writer.close()
    return []
