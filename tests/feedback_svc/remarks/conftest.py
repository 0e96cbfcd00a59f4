"""A mail server that takes what visitors are answered."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest_asyncio

from services.messages import MessageSettings
from services.testing import Stack
from tests.feedback_svc.conftest import CENTRE, World, running
from tests.services.post_office import PostOffice, post_office


class Letters:
    """The service and its mail server."""

    def __init__(self, world: World, office: PostOffice) -> None:
        self.world, self.office = world, office

    async def remark(self, **more: Any) -> Any:
        """The newest remark, made by a rating."""
        await self.world.rated(**({"comment": "Довго чекали"} | more))
        return (await listed(self.world))[0]

    async def answer(self, remark: Any, text: str = "Дякуємо, виправили.", **headers: str) -> Any:
        headers = headers or self.world.manager()
        return await self.world.post(f"remarks/{remark['id']}/answer", {"text": text}, **headers)


async def listed(world: World, query: str = f"centre={CENTRE}", headers: Any = None) -> Any:
    answer = await world.get(f"remarks?{query}", **(headers or world.manager()))
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


@pytest_asyncio.fixture
async def letters(stack: Stack) -> AsyncIterator[Letters]:
    async with post_office() as office:
        chosen = MessageSettings(
            email="smtp",
            phone="log",
            sender="Vizyt <no-reply@vizyt.example.org>",
            smtp_host="localhost",
            smtp_port=office.port,
            smtp_security="none",
            timeout_seconds=5.0,
        )
        async with running(stack, messages=chosen) as world:
            yield Letters(world, office)
