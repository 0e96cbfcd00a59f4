"""Asks Telegram for news, one long question after another, and answers chats side by side."""

from __future__ import annotations

import asyncio
from itertools import groupby
from typing import Any

import httpx
import structlog

from services import telemetry
from services.tasks import end
from telegram_bot.chats import Chats
from telegram_bot.feedback import Feedback
from telegram_bot.settings import Settings
from telegram_bot.telegram import NotDone, Telegram

log = structlog.get_logger()
FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS = 0.5, 30.0


async def run(settings: Settings, ending: asyncio.Event) -> None:
    """Until `ending`. What is unanswered then comes again with the next start."""
    async with httpx.AsyncClient() as outside, httpx.AsyncClient(trust_env=False) as inside:
        telegram = Telegram(outside, url=settings.api_url, token=settings.token.get_secret_value())
        chats = Chats(telegram, Feedback(inside, url=settings.gateway_url))
        polling = asyncio.create_task(poll(telegram, chats, seconds=settings.poll_seconds))
        await ending.wait()
        await end([polling])


async def poll(telegram: Telegram, chats: Chats, *, seconds: int) -> None:
    """Returns never. While Telegram does not answer, or refuses, it is asked less and less often."""
    after, pause = 0, FIRST_PAUSE_SECONDS
    while True:
        try:
            updates = await telegram.updates(after, seconds=seconds)
        except NotDone as failed:
            log.warning("telegram.waits", status=failed.status)
            await asyncio.sleep(max(pause, failed.retry_seconds))
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            continue
        pause = FIRST_PAUSE_SECONDS
        await answer(chats, updates)
        after = max((update["update_id"] + 1 for update in updates), default=after)


async def answer(chats: Chats, updates: list[dict[str, Any]]) -> None:
    """What came from one chat in its order, different chats at once. One that fails holds nobody else up."""
    ordered = sorted(updates, key=lambda update: (_chat(update), update["update_id"]))
    async with asyncio.TaskGroup() as group:
        for _, own in groupby(ordered, key=_chat):
            group.create_task(_answer_chat(chats, list(own)))


async def _answer_chat(chats: Chats, updates: list[dict[str, Any]]) -> None:
    for update in updates:
        try:
            await chats.take(update)
        except NotDone as failed:
            log.warning("telegram.not_told", status=failed.status)
        except Exception as error:
            log.error("telegram.crashed", error=telemetry.kind(error), exc_info=error)


def _chat(update: dict[str, Any]) -> int:
    message = update.get("message") or (update.get("callback_query") or {}).get("message") or {}
    chat: int = message.get("chat", {}).get("id", 0)
    return chat
