"""What asks for an answer, until when, and once."""

from __future__ import annotations

from datetime import timedelta

import pytest

from feedback_svc.ratings.domain import is_burst, is_positive
from feedback_svc.remarks.domain import State, asks_for_an_answer, due_at, ensure_open
from services.errors import IllegalTransition
from services.testing import MORNING


@pytest.mark.parametrize(("overall", "positive"), [(4, True), (3, True), (2, False), (1, False)])
def test_the_question_on_the_whole_decides(overall: int, positive: bool) -> None:
    """3 and 4 are positive, 1 and 2 negative, whatever the others say."""
    assert is_positive({"staff": 5 - overall, "overall": overall}) is positive


@pytest.mark.parametrize(
    ("overall", "comment", "asks"), [(4, None, False), (4, "Дякую", True), (2, None, True), (1, "Ні", True)]
)
def test_words_or_a_negative_mark_ask_for_an_answer(overall: int, comment: str | None, asks: bool) -> None:
    """A good rating without words does not."""
    assert asks_for_an_answer({"overall": overall}, comment) is asks


def test_the_due_time_is_the_organisations_promise() -> None:
    """Counted from the moment of the rating."""
    assert due_at(MORNING, timedelta(hours=24)) - MORNING == timedelta(days=1)


def test_a_remark_is_answered_once() -> None:
    """The visitor has read what was said."""
    ensure_open(State.OPEN)
    with pytest.raises(IllegalTransition):
        ensure_open(State.ANSWERED)


@pytest.mark.parametrize(("recent", "burst"), [(0, False), (4, False), (5, True), (6, True)])
def test_one_more_than_allowed_is_a_burst(recent: int, burst: bool) -> None:
    """Five in the window are possible, the sixth is not."""
    assert is_burst(recent, allowed=5) is burst
