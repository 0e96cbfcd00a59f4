"""Questionnaires as values, and whether answers fit them. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

Text = Mapping[str, str]
Answers = Mapping[str, int]
OVERALL = "overall"
"""The question on the whole: its answer makes a rating positive or negative (domain.md §3)."""
EVERYBODY = "*"


class About(StrEnum):
    """What is rated."""

    VISIT = "visit"
    BOOKING_SYSTEM = "booking_system"


@dataclass(frozen=True)
class Option:
    value: int
    label: Text


@dataclass(frozen=True)
class Question:
    id: str
    text: Text
    options: tuple[Option, ...]

    @property
    def values(self) -> frozenset[int]:
        return frozenset(option.value for option in self.options)


@dataclass(frozen=True)
class Questionnaire:
    """One version. `owner` reads the single answers; `asks` is the organisation whose visitors are asked. Where these
    differ, it is an independent evaluation.
    """

    id: str
    version: int
    owner: str
    asks: str
    about: About
    questions: tuple[Question, ...]
    valid_from: date
    valid_to: date | None = None

    def owner_at(self, organisation: str) -> str:
        """Whose the single answers are that are given there: what belongs to nobody is the centre's own."""
        return organisation if self.owner == EVERYBODY else self.owner

    def flaws(self, answers: Answers) -> Iterator[tuple[str, str]]:
        """What is wrong with the answers: field and reason. Every question needs one of its own answers."""
        known = {question.id: question.values for question in self.questions}
        for question in self.questions:
            if question.id not in answers:
                yield f"answers.{question.id}", "is missing"
        for name, value in answers.items():
            if name not in known:
                yield "answers", "holds a question that was not asked"
            elif value not in known[name]:
                yield f"answers.{name}", f"one of {', '.join(map(str, sorted(known[name])))}"
