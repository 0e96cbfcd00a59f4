"""What a running service has at hand; handlers and routes get it, tests build one."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from starlette.requests import HTTPConnection

from services.auth import Auth, Principal
from services.bus import Bus
from services.clock import Clock
from services.db import Db
from services.errors import Forbidden
from services.language import choose
from services.privacy import Privacy
from services.settings import DatabaseSettings

Part = TypeVar("Part")


class Context:
    """The chassis' parts by name, the service's own by their class."""

    def __init__(self, settings: DatabaseSettings, clock: Clock, *, name: str) -> None:
        self.name, self.settings, self.clock = name, settings, clock
        self.db = Db(settings.database_url.get_secret_value(), pool_size=settings.pool_size)
        self.bus = Bus(settings.nats_url.get_secret_value(), name=name)
        self.auth = Auth(
            jwks_url=settings.auth_jwks_url,
            issuer=settings.auth_issuer,
            audience=settings.auth_audience,
            clock=clock,
        )
        self.privacy = Privacy(
            settings.privacy_hmac_keys.get_secret_value(), settings.privacy_seal_keys.get_secret_value()
        )
        self._parts: dict[type[Any], Any] = {}

    def put(self, part: Part) -> Part:
        """Makes a part of the service known under its class."""
        self._parts[type(part)] = part
        return part

    def get(self, kind: type[Part]) -> Part:
        part: Part = self._parts[kind]
        return part


def context_of(request: HTTPConnection) -> Context:
    context: Context = request.app.state.context
    return context


async def context(request: Request) -> Context:
    return context_of(request)


async def principal(request: Request) -> Principal:
    """The caller; raises `Unauthenticated`."""
    return await context_of(request).auth.principal(request.headers.get("authorization"))


async def language(request: Request) -> str:
    return choose(request.scope)


Ctx = Annotated[Context, Depends(context)]
Who = Annotated[Principal, Depends(principal)]
Language = Annotated[str, Depends(language)]


def role(*roles: str) -> Any:
    """A dependency: the caller, who must have one of the roles. Raises `Forbidden`."""

    async def checked(who: Who) -> Principal:
        if not who.has(*roles):
            raise Forbidden
        return who

    return Depends(checked)
