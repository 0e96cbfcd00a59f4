"""The bot's conversations: what comes in from a chat, and what is said to it."""

from __future__ import annotations

import math
import secrets
from collections import OrderedDict
from contextlib import suppress
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from telegram_bot import screens, texts
from telegram_bot.domain import Conversation, Step, code_of
from telegram_bot.feedback import Feedback, Refused
from telegram_bot.telegram import NotDone, Telegram

REMEMBERED = 10_000
SAID = {"already_submitted": texts.SENT, "session_expired": texts.OVER, "not_found": texts.OVER}
"""Ends of a conversation, by the API's code."""


class Chats:
    """Conversations by chat, in memory: one that is lost is begun anew by scanning. The API counts the minutes."""

    def __init__(self, telegram: Telegram, feedback: Feedback) -> None:
        self._telegram, self._feedback = telegram, feedback
        self._talks: OrderedDict[int, Conversation] = OrderedDict()

    async def take(self, update: dict[str, Any]) -> None:
        """One update. Raises `NotDone`."""
        if press := update.get("callback_query"):
            await self._pressed(press)
        elif (message := update.get("message")) and message["chat"]["type"] == "private":
            await self._written(message["chat"]["id"], message.get("text", ""), message.get("from", {}))

    async def _written(self, chat: int, text: str, user: dict[str, Any]) -> None:
        language, code, talk = texts.language_of(user), code_of(text), self._talks.get(chat)
        if code:
            await self._begin(chat, code, language)
        elif code == "" or talk is None:
            await self._telegram.send(chat, texts.HELP[language])
        elif not text or not talk.write(text):
            await self._telegram.send(chat, texts.BUTTONS_FIRST[talk.language])
        else:
            await self._show(chat, talk)

    async def _begin(self, chat: int, code: str, language: str) -> None:
        try:
            session = await self._feedback.open(code, language=language)
        except Refused as refused:
            said = texts.DOWN if refused.code == "unavailable" else texts.UNKNOWN
            await self._telegram.send(chat, said[language])
            return
        talk = self._talks[chat] = _conversation(session, language)
        self._talks.move_to_end(chat)
        if len(self._talks) > REMEMBERED:
            self._talks.popitem(last=False)
        await self._show(chat, talk)

    async def _show(self, chat: int, talk: Conversation) -> None:
        """As a new message: what was written before stands above it."""
        text, keyboard = screens.screen(talk)
        talk.message = await self._telegram.send(chat, text, keyboard)

    async def _pressed(self, press: dict[str, Any]) -> None:
        with suppress(NotDone):
            await self._telegram.heard(press["id"])  # too late is no matter
        message = press.get("message") or {}
        chat = message.get("chat", {}).get("id")
        if chat is None:
            return
        mark, _, way = press.get("data", "").partition(":")
        talk = self._talks.get(chat)
        if talk is None or talk.mark != mark:
            await self._telegram.send(chat, texts.OVER[texts.language_of(press["from"])])
        elif way == screens.SEND:
            await self._send(chat, talk)
        else:
            await self._go_on(chat, talk, way)

    async def _go_on(self, chat: int, talk: Conversation, way: str) -> None:
        if await self._is_over(chat, talk):
            return
        number, _, value = way.partition(":")
        if way == screens.CONTACT and talk.question is None:
            talk.step = Step.CONTACT
            await self._telegram.send(chat, texts.ASK_CONTACT[talk.language])
            return
        if way == screens.ANEW:
            talk.anew()
        elif not (number.isdecimal() and value.isdecimal() and talk.answer(int(number), int(value))):
            return
        await self._edit(chat, talk)

    async def _edit(self, chat: int, talk: Conversation) -> None:
        """In the same message; a new one where Telegram no longer lets it be changed."""
        text, keyboard = screens.screen(talk)
        try:
            await self._telegram.edit(chat, talk.message, text, keyboard)
        except NotDone as refused:
            if refused.status != 400:
                raise
            talk.message = await self._telegram.send(chat, text, keyboard)

    async def _is_over(self, chat: int, talk: Conversation) -> bool:
        """Told as soon as a button is pressed, and not after five questions. Nobody who can answer: it goes on."""
        try:
            await self._feedback.read(talk.secret, language=talk.language)
        except Refused as refused:
            return await self._ended(chat, talk, refused)
        return False

    async def _send(self, chat: int, talk: Conversation) -> None:
        try:
            made = await self._feedback.submit(talk.secret, talk.body(), language=talk.language)
        except Refused as refused:
            if await self._ended(chat, talk, refused):
                return
            if "contact" in refused.fields:
                talk.contact, talk.step = "", Step.CONTACT
                await self._telegram.send(chat, texts.WRONG_CONTACT[talk.language])
            else:
                await self._telegram.send(chat, texts.DOWN[talk.language])
            return
        await self._telegram.edit(chat, talk.message, screens.thanks(made, talk.language), [])

    async def _ended(self, chat: int, talk: Conversation, refused: Refused) -> bool:
        """Tells why, if this is an end."""
        if refused.code not in SAID:
            return False
        await self._telegram.send(chat, SAID[refused.code][talk.language])
        return True


def _conversation(session: dict[str, Any], language: str) -> Conversation:
    place = session["place"]
    until, now = (datetime.fromisoformat(session[name]) for name in ("expires_at", "now"))
    desk = texts.DESK[language].format(number=place["desk_number"])
    return Conversation(
        secret=session["id"],
        mark=secrets.token_urlsafe(6),
        language=language,
        place=f"{desk} · {place['name']}",
        until=f"{until.astimezone(ZoneInfo(place['time_zone'])):%H:%M}",
        minutes=math.ceil((until - now).total_seconds() / 60),
        questions=session["questionnaire"]["questions"],
    )
