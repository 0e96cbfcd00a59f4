"""The Bot API of Telegram on this machine, over HTTP, as strict as the real one; and somebody who chats."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "42:double"
MAX_TEXT, MAX_DATA = 4096, 64


class Wrong(Exception):
    """As Telegram refuses."""


class Double:
    """`failures`: how Telegram answers the next calls, instead: (status, seconds to wait)."""

    def __init__(self) -> None:
        self.app = Starlette(routes=[Route("/bot{token}/{method}", self._call, methods=["POST"])])
        self.messages: dict[int, dict[str, Any]] = {}
        self.failures: list[tuple[int, int]] = []
        self.calls: list[str] = []
        self._updates: list[dict[str, Any]] = []
        self._number = 0
        self._news = asyncio.Event()

    def say(self, text: str, *, chat: int = 7, language: str = "en", kind: str = "private") -> None:
        """Somebody writes to the bot."""
        user = {"id": chat, "is_bot": False, "first_name": "A", "language_code": language}
        self._tell("message", {"message_id": 1, "from": user, "chat": {"id": chat, "type": kind}, "text": text})

    def press(self, data: str, *, chat: int = 7, language: str = "en") -> None:
        """A button, by what it sends: also one that is shown no more."""
        user = {"id": chat, "is_bot": False, "first_name": "A", "language_code": language}
        message = {"message_id": 1, "chat": {"id": chat, "type": "private"}}
        self._tell("callback_query", {"id": f"press-{self._number}", "from": user, "message": message, "data": data})

    def push(self, words: str, *, chat: int = 7) -> str:
        """The button with these words in the newest message that has it; gives what it sends."""
        for message in reversed(self.said(chat)):
            for row in message["keyboard"]:
                for button in row:
                    if button["text"] == words:
                        self.press(button["callback_data"], chat=chat)
                        return str(button["callback_data"])
        raise AssertionError(f"no button {words!r} in {self.said(chat)}")

    def said(self, chat: int = 7) -> list[dict[str, Any]]:
        """The bot's messages in a chat as they stand now."""
        return [message for message in self.messages.values() if message["chat"] == chat]

    def last(self, chat: int = 7) -> str:
        return str(self.said(chat)[-1]["text"]) if self.said(chat) else ""

    def _tell(self, kind: str, content: dict[str, Any]) -> None:
        self._number += 1
        self._updates.append({"update_id": self._number, kind: content})
        self._news.set()

    async def _call(self, request: Request) -> Response:
        method = request.path_params["method"]
        self.calls.append(method)
        if request.path_params["token"] != TOKEN:
            return _refusal(401, "Unauthorized")
        if self.failures and method != "getUpdates":
            status, seconds = self.failures.pop(0)
            return _refusal(status, "Later", **({"retry_after": seconds} if seconds else {}))
        try:
            result = await getattr(self, f"_{method}")(await request.json())
        except Wrong as wrong:
            return _refusal(400, f"Bad Request: {wrong}")
        return JSONResponse({"ok": True, "result": result})

    async def _getUpdates(self, wish: dict[str, Any]) -> list[dict[str, Any]]:  # noqa: N802 (Telegram's name)
        self._updates = [update for update in self._updates if update["update_id"] >= wish["offset"]]
        if not self._updates:
            self._news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(wish["timeout"]):
                    await self._news.wait()
        return self._updates

    async def _sendMessage(self, wish: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        number = len(self.messages) + 100
        self.messages[number] = _checked(wish)
        return {"message_id": number, "chat": {"id": wish["chat_id"], "type": "private"}}

    async def _editMessageText(self, wish: dict[str, Any]) -> dict[str, Any]:  # noqa: N802
        if wish["message_id"] not in self.messages:
            raise Wrong("message to edit not found")
        changed = _checked(wish)
        if changed == self.messages[wish["message_id"]]:
            raise Wrong("message is not modified")
        self.messages[wish["message_id"]] = changed
        return {"message_id": wish["message_id"]}

    async def _answerCallbackQuery(self, wish: dict[str, Any]) -> bool:  # noqa: N802
        return bool(wish["callback_query_id"])


def _checked(wish: dict[str, Any]) -> dict[str, Any]:
    keyboard = wish.get("reply_markup", {}).get("inline_keyboard", [])
    if not 1 <= len(wish["text"]) <= MAX_TEXT:
        raise Wrong("message is too long")
    if any(len(button["callback_data"].encode()) > MAX_DATA for row in keyboard for button in row):
        raise Wrong("BUTTON_DATA_INVALID")
    return {"chat": wish["chat_id"], "text": wish["text"], "keyboard": keyboard}


def _refusal(status: int, why: str, **parameters: int) -> Response:
    told = {"ok": False, "error_code": status, "description": why, "parameters": parameters}
    return JSONResponse(told, status)
