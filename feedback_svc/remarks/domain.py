"""The rules of remarks: what asks for an answer, until when, and once. Pure functions on values."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from feedback_svc.ratings.domain import is_positive
from services.errors import IllegalTransition


class State(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"


def asks_for_an_answer(answers: Mapping[str, int], comment: str | None) -> bool:
    """A rating with words, or a negative one, is a remark (domain.md §3)."""
    return comment is not None or not is_positive(answers)


def due_at(opened_at: datetime, reaction: timedelta) -> datetime:
    """Until when the organisation has promised to react."""
    return opened_at + reaction


def ensure_open(state: State) -> None:
    """A remark is answered once: the visitor has read what was said. Raises `IllegalTransition`."""
    if state is not State.OPEN:
        raise IllegalTransition(state=state.value)
