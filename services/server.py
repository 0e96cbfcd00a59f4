"""`python -m <service>`: serves, or with `migrate` brings its database to the newest schema."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from services.settings import DatabaseSettings, ServiceSettings

KEEP_ALIVE_SECONDS = 75
"""Longer than proxies keep an idle connection (60 s as a rule): a request that meets the close gets no answer."""
ENDINGS = "endings"
"""In the lifespan's state: functions to be called when the end begins."""


def main(service: str, settings: ServiceSettings, create: Callable[[], ASGIApp]) -> None:
    if sys.argv[1:] == ["migrate"]:
        assert isinstance(settings, DatabaseSettings), f"{service} has no database"
        from services.migrations import migrate  # only here: alembic would make every start slower

        migrate(service, settings.database_url.get_secret_value())
    elif sys.argv[1:]:
        sys.exit(f"usage: python -m {service} [migrate]")
    else:
        serve(settings, create)


def serve(settings: ServiceSettings, create: Callable[[], ASGIApp]) -> None:
    """Until SIGTERM or SIGINT: then intake stops, what is in flight is finished, all is closed."""
    config = uvicorn.Config(
        create(),
        host=settings.http_host,
        port=settings.http_port,
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=int(settings.stop_timeout_seconds),
        h11_max_incomplete_event_size=32 * 1024,
    )
    Server(config).run()


class Server(uvicorn.Server):
    """Tells the app that the end begins, before it waits for what is in flight: streams do not end by themselves."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for end in self.lifespan.state.get(ENDINGS, ()):
            end()
        await super().shutdown(sockets)
