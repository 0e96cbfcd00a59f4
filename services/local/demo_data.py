"""The demo data, loaded through the public ways: an import document, past ratings (api.md "Demo data")."""

import asyncio
import os

import httpx

from services.local import clock_file, importing, past_ratings, target
from services.local.home import DEMO_DOCUMENT, Home
from services.local.trouble import Trouble

PATIENCE_SECONDS = 15.0
POLL_SECONDS = 0.1


async def load_into_empty_store(home: Home, url: str) -> None:
    """At the start of a run; what somebody loaded before stays as it is. `VIZYT_DEMO=0` means none."""
    if os.environ.get("VIZYT_DEMO", "1") == "0":
        return
    async with target.client(url, home) as client:
        if await _is_empty(client):
            await importing.load(DEMO_DOCUMENT, client)
            await past_ratings.load(client, now=clock_file.now(home))


async def seed(home: Home) -> list[str]:
    """`./vizyt seed`: all of it, also into a store that is not empty; what is there already stays. What came of it."""
    loaded = await importing.load_file(DEMO_DOCUMENT, home)
    async with target.client(target.url(home), home) as client:
        return [loaded, await past_ratings.load(client, now=clock_file.now(home))]


async def _is_empty(client: httpx.AsyncClient) -> bool:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not (response := await client.get("/api/v1/organisations")).is_success:
        if asyncio.get_running_loop().time() > deadline:
            raise Trouble(f"the demo data cannot be loaded: {response.status_code} {response.text[:500]}")
        await asyncio.sleep(POLL_SECONDS)
    return not response.json()["items"]
