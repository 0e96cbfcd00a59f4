"""What stands in the chat: text and buttons for each step."""

from __future__ import annotations

from textwrap import shorten

from telegram_bot import texts
from telegram_bot.domain import Conversation, label

Keyboard = list[list[dict[str, str]]]
SEND, CONTACT, ANEW = "send", "contact", "anew"
SHOWN = 1000
"""Characters of a comment that are shown again: a message of Telegram has at most 4096."""


def screen(talk: Conversation) -> tuple[str, Keyboard]:
    return _question(talk) if talk.question else _summary(talk)


def _question(talk: Conversation) -> tuple[str, Keyboard]:
    question = talk.question
    assert question is not None
    head = texts.BEGIN[talk.language].format(place=talk.place, until=talk.until, minutes=talk.minutes)
    text = f"{head}\n\n{talk.number}/{len(talk.questions)}. {question['text']}"
    buttons = [_button(talk, str(one["label"]), f"{talk.number}:{one['value']}") for one in question["options"]]
    return text, [buttons[place : place + 2] for place in range(0, len(buttons), 2)]


def _summary(talk: Conversation) -> tuple[str, Keyboard]:
    """The answers once more, what was written, and the button without which nothing is recorded."""
    lines = [f"{one['text']} {label(one, talk.answers[one['id']])}" for one in talk.questions]
    if talk.comment:
        lines.append(f"\n{texts.COMMENT[talk.language]}: {shorten(talk.comment, SHOWN, placeholder=' …')}")
    if talk.contact:
        lines.append(f"{texts.CONTACT[talk.language]}: {talk.contact}")
    text = "\n".join([talk.place, "", *lines, "", texts.READY[talk.language]])
    ways = ((SEND, texts.SEND), (CONTACT, texts.ADD_CONTACT), (ANEW, texts.ANEW))
    return text, [[_button(talk, words[talk.language], way)] for way, words in ways]


def _button(talk: Conversation, text: str, way: str) -> dict[str, str]:
    return {"text": text, "callback_data": f"{talk.mark}:{way}"}


def thanks(made: dict[str, object], language: str) -> str:
    """What becomes of it."""
    said = [texts.THANKS]
    if made.get("due_at"):
        said.append(texts.REMARK)
    if made.get("answer_to"):
        said.append(texts.ANSWER_COMES)
    return " ".join(one[language] for one in said)
