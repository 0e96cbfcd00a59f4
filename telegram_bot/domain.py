"""A conversation about one visit: what was answered, what is asked next, and what a press of a button means."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

MAX_COMMENT, MAX_CONTACT = 4000, 200


class Step(StrEnum):
    """What the bot waits for."""

    ANSWERS = "answers"
    READY = "ready"
    COMMENT = "comment"
    CONTACT = "contact"


@dataclass
class Conversation:
    """`mark` tells its buttons from those of an older one in the same chat. `message` is the one that it is held in."""

    secret: str
    mark: str
    language: str
    place: str
    until: str
    minutes: int
    questions: list[dict[str, Any]]
    message: int = 0
    answers: dict[str, int] = field(default_factory=dict)
    comment: str = ""
    contact: str = ""
    step: Step = Step.ANSWERS

    @property
    def question(self) -> dict[str, Any] | None:
        """The first that has no answer yet."""
        return next((one for one in self.questions if one["id"] not in self.answers), None)

    @property
    def number(self) -> int:
        """Of the question that is asked now, from 1."""
        return len(self.answers) + 1

    def answer(self, number: int, value: int) -> bool:
        """False for a button of another question, or of no answer: pressed twice, or late."""
        question = self.question
        if question is None or number != self.number:
            return False
        if value not in [option["value"] for option in question["options"]]:
            return False
        self.answers[question["id"]] = value
        if self.question is None:
            self.step = Step.READY
        return True

    def anew(self) -> None:
        """All answers once more; what was written stays."""
        self.answers, self.step = {}, Step.ANSWERS

    def write(self, text: str) -> bool:
        """A message of the visitor's: the contact if that was asked for, else the comment. False: not now."""
        if self.step is Step.ANSWERS:
            return False
        if self.step is Step.CONTACT:
            self.contact = text.strip()[:MAX_CONTACT]
        else:
            self.comment = text.strip()[:MAX_COMMENT]
        self.step = Step.READY
        return True

    def body(self) -> dict[str, Any]:
        """For the API."""
        return {"answers": self.answers, "comment": self.comment or None, "contact": self.contact or None}


def label(question: dict[str, Any], value: int) -> str:
    """The answer in words."""
    return next(str(option["label"]) for option in question["options"] if option["value"] == value)


def code_of(text: str) -> str | None:
    """What follows `/start`; empty without a code, None for another message."""
    command, _, code = text.strip().partition(" ")
    name = command.partition("@")[0]
    return code.strip() if name in ("/start", "/help") else None
