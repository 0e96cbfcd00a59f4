"""Names and zones of what is counted are asked for when the service begins: events tell only what changes."""

from __future__ import annotations

import structlog

from services.context import Context
from services.contracts.places import Places
from services.errors import Unavailable
from stats_svc.projections.applying import learn_all

log = structlog.get_logger()


async def learn(context: Context) -> None:
    """The job. Without an answer what is known stays."""
    after: str | None = None
    while True:
        try:
            known = await context.bus.ask(Places(after=after))
        except Unavailable:
            log.info("places.wait")
            return
        async with context.db.begin() as session:
            await learn_all(session, known)
        if known.following is None:
            return
        after = known.following
