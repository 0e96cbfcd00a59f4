"""Managers who look at a centre's remarks are told at once that there is something new (services/live.py)."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from services import live
from services.context import Context
from services.errors import Unavailable


def topic(centre: str) -> str:
    """What the gateway listens to for this centre; nothing of a remark is ever told there."""
    return f"/api/v1/feedback/remarks?centre={centre}"


async def wake(context: Context, centres: Iterable[str]) -> None:
    """After the commit. What gets lost is mended by the gateway's own looking."""
    with suppress(Unavailable):
        await live.wake(context.bus, [topic(centre) for centre in centres])
