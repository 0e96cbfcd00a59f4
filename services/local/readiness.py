"""Waits until services answer."""

import asyncio
from collections.abc import Mapping

import httpx

from services.local.trouble import Trouble

POLL_SECONDS = 0.05
START_SECONDS = 90.0


async def wait_until_ready(urls: Mapping[str, str], *, seconds: float = START_SECONDS) -> None:
    """Returns when every `/readyz` answers 200. Raises `Trouble` that tells who does not, and why."""
    async with httpx.AsyncClient(timeout=5, trust_env=False) as client:
        await asyncio.gather(*(_wait(client, name, url, seconds) for name, url in urls.items()))


async def _wait(client: httpx.AsyncClient, name: str, url: str, seconds: float) -> None:
    deadline = asyncio.get_running_loop().time() + seconds
    while answer := await _why_not_ready(client, url):
        if asyncio.get_running_loop().time() > deadline:
            raise Trouble(f"{name} is not ready after {seconds:.0f} s: {answer}")
        await asyncio.sleep(POLL_SECONDS)


async def _why_not_ready(client: httpx.AsyncClient, url: str) -> str:
    """Empty when it is ready."""
    try:
        response = await client.get(f"{url}/readyz")
    except httpx.HTTPError as error:
        return type(error).__name__
    return "" if response.status_code == 200 else response.text[:500]
