"""Access tokens that run out are renewed, once each, however many requests come at that moment."""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict

from gateway.pages.login.provider import Provider
from gateway.pages.login.refusals import LoginUnavailable
from gateway.pages.sessions import Session
from services.clock import Clock

EARLY_SECONDS = 30
"""Renewed so long before the end, that no request fails on its way to a service."""
REMEMBERED = 1000


class Renewals:
    """What was renewed is remembered for requests that still bring the old cookie: issuers take a refresh token for
    stolen, and end the session, when it comes twice.
    """

    def __init__(self, provider: Provider | None, clock: Clock) -> None:
        self._provider, self._clock = provider, clock
        self._tasks: OrderedDict[bytes, asyncio.Task[Session | None]] = OrderedDict()

    async def fresh(self, session: Session) -> Session | None:
        """The session itself while its token lasts, else a renewed one to be saved; None when it is over.

        Raises `LoginUnavailable` when the token has run out and the issuer does not answer.
        """
        left = session.expires_at - self._clock.now().timestamp()
        if left > EARLY_SECONDS:
            return session
        over = None if left <= 0 else session
        if self._provider is None or not session.refresh_token:
            return over
        try:
            return await self._renewed(self._provider, session)
        except LoginUnavailable:
            if over:
                return over
            raise

    async def _renewed(self, provider: Provider, session: Session) -> Session | None:
        key = hashlib.sha256(f"{session.token} {session.refresh_token}".encode()).digest()
        task = self._tasks.get(key)
        if task and task.done() and not task.cancelled() and not task.exception():
            newer = task.result()
            return newer and await self.fresh(newer)
        if task is None or task.done():
            task = self._tasks[key] = asyncio.create_task(provider.renewed(session))
        if len(self._tasks) > REMEMBERED:
            self._tasks.popitem(last=False)
        return await asyncio.shield(task)  # a reader who goes away does not take the new tokens along
