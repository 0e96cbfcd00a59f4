"""Requests over one NATS connection: each waits for its one answer, no longer than its deadline.

The client's own `request` draws a random name and starts a timer task for each; a counter and one timer are enough.
"""

from __future__ import annotations

import asyncio
from itertools import count

from nats.aio.client import NO_RESPONDERS_STATUS, Client
from nats.aio.msg import Msg
from nats.js.api import Header

from services.errors import Unavailable


class Questions:
    """One inbox for all answers; a question is found again by its number."""

    def __init__(self, nc: Client) -> None:
        self._nc, self._inbox = nc, nc.new_inbox()
        self._numbers = count()
        self._waiting: dict[str, asyncio.Future[bytes]] = {}

    async def start(self) -> None:
        await self._nc.subscribe(f"{self._inbox}.*", cb=self._answered)

    async def put(self, subject: str, body: bytes, *, timeout_seconds: float) -> bytes:
        """The answer. Raises `Unavailable` at once when nobody listens or the connection is lost, else at the deadline,
        and whatever sending raises.
        """
        loop = asyncio.get_running_loop()
        number = str(next(self._numbers))
        answer: asyncio.Future[bytes] = loop.create_future()
        self._waiting[number] = answer
        deadline = loop.call_later(timeout_seconds, _give_up, answer)
        try:
            await self._nc.publish(subject, body, reply=f"{self._inbox}.{number}")
            return await answer
        finally:
            deadline.cancel()
            del self._waiting[number]

    def give_up(self) -> None:
        """The connection is lost, and with it the answers: whoever waits for one may ask again now."""
        for answer in self._waiting.values():
            _give_up(answer)

    async def _answered(self, message: Msg) -> None:
        answer = self._waiting.get(message.subject.rpartition(".")[2])
        if answer is None or answer.done():
            return  # past its deadline
        if message.headers and message.headers.get(Header.STATUS) == NO_RESPONDERS_STATUS:
            _give_up(answer)
        else:
            answer.set_result(message.data)


def _give_up(answer: asyncio.Future[bytes]) -> None:
    if not answer.done():
        answer.set_exception(Unavailable())
