"""The Bot API, as far as the bot needs it (https://core.telegram.org/bots/api). No aiogram: ADR 27."""

from __future__ import annotations

from typing import Any

import httpx

SLACK_SECONDS = 10.0
UPDATES = ["message", "callback_query"]


class NotDone(Exception):
    """Telegram refused, or did not answer (`status` 0). No cause is kept: the addresses of Telegram hold the token."""

    def __init__(self, status: int = 0, retry_seconds: float = 0.0) -> None:
        super().__init__(status)
        self.status, self.retry_seconds = status, retry_seconds


class Telegram:
    """One bot. Every method raises `NotDone`."""

    def __init__(self, client: httpx.AsyncClient, *, url: str, token: str) -> None:
        self._client, self._base = client, f"{url.rstrip('/')}/bot{token}"

    async def updates(self, after: int, *, seconds: int) -> list[dict[str, Any]]:
        """What came after this update; waits so long for the first. Asking says that those before are done with."""
        wish = {"offset": after, "timeout": seconds, "allowed_updates": UPDATES}
        found: list[dict[str, Any]] = await self._call("getUpdates", wish, seconds=seconds + SLACK_SECONDS)
        return found

    async def send(self, chat: int, text: str, keyboard: list[list[dict[str, str]]] | None = None) -> int:
        """Gives the id of the message."""
        made = await self._call("sendMessage", _message(chat, text, keyboard))
        return int(made["message_id"])

    async def edit(self, chat: int, message: int, text: str, keyboard: list[list[dict[str, str]]]) -> None:
        """Puts this in the place of an own message."""
        await self._call("editMessageText", {**_message(chat, text, keyboard), "message_id": message})

    async def heard(self, callback: str) -> None:
        """The button that was pressed stops to turn."""
        await self._call("answerCallbackQuery", {"callback_query_id": callback})

    async def _call(self, method: str, wish: dict[str, Any], *, seconds: float = SLACK_SECONDS) -> Any:
        try:
            answer = await self._client.post(f"{self._base}/{method}", json=wish, timeout=seconds)
            told = answer.json()
        except (httpx.HTTPError, ValueError):
            raise NotDone from None
        if not told.get("ok"):
            raise NotDone(answer.status_code, float(told.get("parameters", {}).get("retry_after", 0)))
        return told["result"]


def _message(chat: int, text: str, keyboard: list[list[dict[str, str]]] | None) -> dict[str, Any]:
    markup = {"reply_markup": {"inline_keyboard": keyboard}} if keyboard is not None else {}
    return {"chat_id": chat, "text": text, **markup}
