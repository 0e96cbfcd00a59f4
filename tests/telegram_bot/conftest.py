"""The bot between the double of Telegram, over HTTP, and the real feedback_svc."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest_asyncio

from services.tasks import end
from services.testing import Stack, eventually
from telegram_bot.app import poll
from telegram_bot.chats import Chats
from telegram_bot.feedback import Feedback
from telegram_bot.telegram import Telegram
from tests.feedback_svc.conftest import World, running
from tests.gateway.world import listening
from tests.telegram_bot.double import TOKEN, Double


class Way(httpx.AsyncBaseTransport):
    """To feedback_svc; `broken`: the connection is away."""

    def __init__(self, world: World) -> None:
        self._client, self.broken = world.client, False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.broken:
            raise httpx.ConnectError("away")
        return await self._client.send(request)


@dataclass
class Bot:
    double: Double
    world: World
    way: Way

    async def until(self, check: Callable[[], Any]) -> None:
        async def checked() -> bool:
            return bool(check())

        await eventually(checked)

    async def told(self, words: str, *, chat: int = 7) -> str:
        """The newest message, as soon as it has these words."""
        await self.until(lambda: words in self.double.last(chat))
        return self.double.last(chat)

    async def push(self, words: str, *, then: str) -> str:
        """A button; gives what it sends, once these words are there."""
        data = self.double.push(words)
        await self.told(then)
        return data

    async def answered(self, *values: str, code: str | None = None) -> None:
        """A new conversation with so many answers."""
        before = len(self.double.said())
        self.double.say(f"/start {code or await self.world.code()}")
        await self.until(lambda: len(self.double.said()) > before)
        for number, value in enumerate(values, start=1):
            await self.told(f"{number}/5")
            self.double.push(value)
        await self.told(f"{len(values) + 1}/5" if len(values) < 5 else "Then press")


@pytest_asyncio.fixture
async def bot(stack: Stack) -> AsyncIterator[Bot]:
    double = Double()
    async with running(stack) as world, listening(double.app) as url, httpx.AsyncClient(trust_env=False) as outside:
        way = Way(world)
        telegram = Telegram(outside, url=url, token=TOKEN)
        inside = httpx.AsyncClient(transport=way)
        chats = Chats(telegram, Feedback(inside, url=str(world.client.base_url)))
        polling = asyncio.create_task(poll(telegram, chats, seconds=1))
        yield Bot(double, world, way)
        await end([polling])
