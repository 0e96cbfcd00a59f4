"""The demo's ratings: as many as there were, each like a real one, the same each time."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, date, datetime
from typing import Any

import pytest

from services.local.demo_ratings import RATINGS, lines, spread

LATER = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def ratings() -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(LATER)]


def test_there_are_as_many_as_there_were(ratings: list[dict[str, Any]]) -> None:
    """2025: Rivne 9,459, Volyn 7,546, Zhytomyr 6,592, together 23,597 (domain.md §3)."""
    counted = Counter(rating["desk"].rsplit("-", 1)[0] for rating in ratings)
    assert counted == {"hsc-5641": 9459, "hsc-0741": 7546, "hsc-1841": 6592}
    assert len({rating["external_id"] for rating in ratings}) == 23597


def test_they_are_the_same_each_time() -> None:
    """So that loading them again changes nothing."""
    assert "".join(lines(LATER)) == "".join(lines(LATER))


def test_each_was_given_while_a_centre_was_open(ratings: list[dict[str, Any]]) -> None:
    """Tuesday to Saturday, 9 to 17 of Kyiv, in 2025."""
    for rating in ratings:
        moment = datetime.fromisoformat(rating["submitted_at"])
        assert (moment.year, moment.weekday() in range(1, 6), 9 <= moment.hour < 17) == (2025, True, True)


def test_few_are_negative(ratings: list[dict[str, Any]]) -> None:
    """About as many as in the whole country: 3,520 of 176,913. Every question is answered, 1 to 4."""
    overall = [rating["answers"]["overall"] for rating in ratings]
    assert 0.015 < sum(value < 3 for value in overall) / len(overall) < 0.025
    answers = {
        (*sorted(rating["answers"]), *sorted(set(rating["answers"].values()) - {1, 2, 3, 4})) for rating in ratings
    }
    assert answers == {("overall", "premises", "process", "services", "staff")}


def test_nothing_is_rated_in_advance() -> None:
    """Where the clock of a run stands before the end of 2025."""
    moment = datetime(2025, 3, 1, 10, tzinfo=UTC)
    assert all(datetime.fromisoformat(json.loads(line)["submitted_at"]) < moment for line in lines(moment))


def test_days_get_their_share_and_the_whole_is_kept() -> None:
    """Rounding loses none."""
    for wanted in (*RATINGS.values(), 0, 1, 7):
        days = spread(wanted)
        assert sum(days.values()) == wanted
        assert min(days.values()) >= 0
    assert spread(9459)[date(2025, 7, 11)] > spread(9459)[date(2025, 1, 11)]
