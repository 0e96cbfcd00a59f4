"""`./vizyt stats rebuild`: asks stats_svc, and waits until it has done."""

import asyncio
from typing import Any

import httpx

from services.local import target
from services.local.home import Home
from services.local.trouble import Trouble

PATH = "/api/v1/stats/rebuild"
POLL_SECONDS = 0.2
PATIENCE_SECONDS = 3600.0


async def rebuild(home: Home, *, seconds: float) -> list[str]:
    """What came of it, in words. Raises `Trouble` when it is refused or cannot be completed."""
    async with target.client(target.url(home), home) as client:
        state = _checked(await client.post(PATH))
        deadline = asyncio.get_running_loop().time() + seconds
        while state["state"] == "running" and asyncio.get_running_loop().time() < deadline:
            await asyncio.sleep(POLL_SECONDS)
            state = _checked(await client.get(PATH))
    if state["state"] == "incomplete":
        raise Trouble(f"nothing was changed: {state['missing']} events that are counted are in no archive any more")
    return [f"{state['state']}: {state['events']} events", *_skipped(state)]


def _checked(response: httpx.Response) -> dict[str, Any]:
    if not response.is_success:
        raise Trouble(f"not rebuilt: {response.status_code} {response.text[:500]}")
    content: dict[str, Any] = response.json()
    return content


def _skipped(state: dict[str, Any]) -> list[str]:
    return [f"{state['skipped']} events cannot be read and are not counted"] if state["skipped"] else []
