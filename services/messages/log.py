"""Messages that go nowhere: for local runs."""

from __future__ import annotations

import structlog

from services.messages.port import Outgoing

log = structlog.get_logger()


class Log:
    """For local runs: says that a message would have gone, with what may be shown of it."""

    async def send(self, message: Outgoing) -> None:
        log.info(
            "message.shown",
            id=message.id,
            to=message.to.masked,
            language=message.language,
            text=message.shown,
        )

    async def close(self) -> None:
        return
