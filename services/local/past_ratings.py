"""Loads the demo's ratings the way that any past ratings come in, and waits until the figures show them."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from datetime import datetime

import httpx

from services.local import demo_ratings
from services.local.trouble import Trouble

IMPORT, FIGURES = "/api/v1/feedback/import", "/api/v1/stats/ratings"
NEWEST_DESK = f"/api/v1/feedback/desks/{max(demo_ratings.RATINGS)}-{max(demo_ratings.DESKS)}"
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.1


async def load(client: httpx.AsyncClient, *, now: datetime) -> str:
    """What came of it. `VIZYT_DEMO_RATINGS=0`: none. Raises `Trouble`."""
    if os.environ.get("VIZYT_DEMO_RATINGS", "1") == "0":
        return "no ratings"
    body = "".join(demo_ratings.lines(now)).encode()
    await _until(lambda: _is_known(client), "feedback_svc does not know the desks yet")
    response = await client.post(IMPORT, content=body, headers={"Content-Type": "application/x-ndjson"})
    if not response.is_success or response.json()["rejected"]:
        raise Trouble(f"the demo's ratings are not taken: {response.status_code} {response.text[:500]}")
    done = response.json()
    taken = done["imported"] + done["repeated"]
    await _until(lambda: _are_shown(client, taken), "the figures do not show the demo's ratings yet")
    return f"{done['imported']} ratings"


async def _until(condition: Callable[[], Awaitable[bool]], otherwise: str) -> None:
    deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
    while not await condition():
        if asyncio.get_running_loop().time() > deadline:
            raise Trouble(f"{otherwise}; see `vizyt doctor`")
        await asyncio.sleep(POLL_SECONDS)


async def _is_known(client: httpx.AsyncClient) -> bool:
    return (await client.get(NEWEST_DESK)).is_success


async def _are_shown(client: httpx.AsyncClient, taken: int) -> bool:
    """Whatever was rated besides counts too."""
    response = await client.get(FIGURES, params={"from": "2025-01-01", "to": "2025-12-31", "group_by": "year"})
    return response.is_success and (response.json()["total"]["ratings"] or 0) >= taken
