"""Whether answers fit the questions."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from feedback_svc.questionnaires.domain import About, Option, Question, Questionnaire

WORDS = {"uk": "а", "en": "a", "pl": "a"}


def asked(*ids: str, owner: str = "*", values: tuple[int, ...] = (4, 3, 2, 1)) -> Questionnaire:
    questions = tuple(Question(key, WORDS, tuple(Option(value, WORDS) for value in values)) for key in ids)
    return Questionnaire("visit", 1, owner, "*", About.VISIT, questions, date(2024, 1, 1))


@given(st.fixed_dictionaries({"staff": st.integers(1, 4), "overall": st.integers(1, 4)}))
def test_an_answer_to_every_question_fits(answers: dict[str, int]) -> None:
    """Any of its own."""
    assert list(asked("staff", "overall").flaws(answers)) == []


@pytest.mark.parametrize(
    ("answers", "fields"),
    [
        ({"staff": 4}, ["answers.overall"]),
        ({}, ["answers.staff", "answers.overall"]),
        ({"staff": 4, "overall": 4, "other": 1}, ["answers"]),
        ({"staff": 5, "overall": 0}, ["answers.staff", "answers.overall"]),
    ],
)
def test_what_does_not_fit_is_named(answers: dict[str, int], fields: list[str]) -> None:
    """A question that was not asked is not repeated: it may hold anything."""
    assert [field for field, _ in asked("staff", "overall").flaws(answers)] == fields


def test_a_question_may_have_fewer_answers() -> None:
    """Yes and no: 4 and 1."""
    assert list(asked("overall", values=(4, 1)).flaws({"overall": 3})) == [("answers.overall", "one of 1, 4")]


def test_what_belongs_to_nobody_is_the_centres_own() -> None:
    """The single answers to everybody's questionnaire are read by the centre's organisation, others by their owner."""
    assert asked("overall").owner_at("hsc") == "hsc"
    assert asked("overall", owner="observer").owner_at("hsc") == "observer"
