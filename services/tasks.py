"""The end of background tasks."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

PATIENCE_SECONDS = 0.5
ROUNDS = 20


async def end(tasks: Collection[asyncio.Task[None]]) -> None:
    """Cancels until it is heard, and gives up after ten seconds. Once is not enough: `asyncio.wait_for` of Python 3.11
    and libraries that wait for a buffer swallow a cancellation that comes in the wrong moment.
    """
    running = {task for task in tasks if not task.done()}
    interrupted = False
    for _ in range(ROUNDS):
        if not running:
            break
        for task in running:
            task.cancel()
        try:
            await asyncio.wait(running, timeout=PATIENCE_SECONDS)
        except asyncio.CancelledError:
            interrupted = True
        running = {task for task in running if not task.done()}
    if interrupted:
        raise asyncio.CancelledError
