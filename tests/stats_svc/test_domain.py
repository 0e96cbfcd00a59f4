"""Shares and how sure they are, kept durations, hidden cells, small samples: each rule on values."""

from __future__ import annotations

import math
from datetime import date, timedelta
from statistics import NormalDist

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats_svc import domain
from stats_svc.domain import ACCURACY, Group, bucket, hidden, percentile, seconds_of, shrink, wilson

counts = st.integers(1, 10_000_000)
durations = st.lists(st.integers(0, 10_000_000), min_size=1, max_size=200)


@given(counts, st.data())
def test_the_interval_holds_the_share_and_stays_a_share(n: int, data: st.DataObject) -> None:
    """0 ≤ low ≤ seen share ≤ high ≤ 1, and never a certainty that nobody has."""
    positive = data.draw(st.integers(0, n))
    low, high = wilson(positive, n)
    assert 0 <= low <= positive / n <= high <= 1
    assert low < high


@given(counts, st.data())
def test_the_interval_is_the_one_of_wilson(n: int, data: st.DataObject) -> None:
    """Its ends are the shares from which the seen one is just 1.96 standard errors away (the score test's roots)."""
    positive = data.draw(st.integers(0, n))
    z = NormalDist().inv_cdf(0.975)
    for end in wilson(positive, n):
        distance = abs(positive / n - end)
        assert distance * distance == pytest.approx(z * z * end * (1 - end) / n, rel=1e-6, abs=1e-12)


def test_known_intervals() -> None:
    """From the literature: 10 of 10, 8 of 10, 81 of 263 (Newcombe 1998)."""
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(10, 10) == pytest.approx((0.7225, 1.0), abs=5e-5)


@given(counts, st.data())
def test_the_other_answer_has_the_mirrored_interval(n: int, data: st.DataObject) -> None:
    """It does not matter which answer is called positive."""
    positive = data.draw(st.integers(0, n))
    low, high = wilson(positive, n)
    other_low, other_high = wilson(n - positive, n)
    assert (low, high) == pytest.approx((1 - other_high, 1 - other_low), abs=1e-9)


@given(st.integers(0, 100_000_000))
def test_a_duration_read_back_is_off_by_two_hundredths_at_most(seconds: int) -> None:
    """The stated error; nothing stays nothing."""
    assert abs(seconds_of(bucket(seconds)) - seconds) <= ACCURACY * seconds * (1 + 1e-6)


@given(durations, st.sampled_from([0.5, 0.9]))
def test_a_percentile_of_the_histogram_is_that_of_the_values(values: list[int], share: float) -> None:
    """By nearest rank, within the stated error."""
    kept = percentile([(bucket(value), 1) for value in values], share)
    true = sorted(values)[math.ceil(share * len(values)) - 1]
    assert kept is not None
    assert abs(kept - true) <= ACCURACY * true * (1 + 1e-6)


@given(durations, durations)
def test_histograms_of_two_days_are_the_histogram_of_both(one: list[int], other: list[int]) -> None:
    """Merging loses nothing: so days, desks and centres add up."""
    merged = [(bucket(value), 1) for value in one] + [(bucket(value), 1) for value in other]
    assert percentile(merged, 0.9) == percentile([(bucket(value), 1) for value in (*other, *one)], 0.9)


def test_nothing_has_no_percentile() -> None:
    """Not zero seconds."""
    assert percentile([], 0.5) is None


tables = st.lists(st.integers(0, 40), max_size=30)


@given(tables)
def test_no_small_cell_is_shown(cells: list[int]) -> None:
    """One to four persons are hidden; an empty cell hides nobody."""
    hide = hidden(cells)
    assert all(hides for cell, hides in zip(cells, hide, strict=True) if 0 < cell < domain.SMALLEST_CELL)
    assert not any(hides for cell, hides in zip(cells, hide, strict=True) if cell == 0)


@given(tables)
def test_the_total_less_the_others_tells_no_small_cell(cells: list[int]) -> None:
    """What is hidden together is five persons in two cells at least, unless it is the whole table."""
    hide = hidden(cells)
    covered = [cell for cell, hides in zip(cells, hide, strict=True) if hides]
    shown = [cell for cell, hides in zip(cells, hide, strict=True) if cell and not hides]
    assert not covered or not shown or (len(covered) > 1 and sum(covered) >= domain.SMALLEST_CELL)


def test_a_table_of_large_cells_is_shown_whole() -> None:
    """Nothing is hidden without need; and with need, the smallest of the others."""
    assert hidden([5, 900, 7]) == [False, False, False]
    assert hidden([4, 900, 7, 8]) == [True, False, True, False]
    assert hidden([2, 3, 900]) == [True, True, False]


@given(st.floats(0, 100), st.integers(0, 10_000), st.floats(0, 100))
def test_small_samples_are_drawn_to_the_centre(own: float, n: int, centre: float) -> None:
    """Between the desk's own figure and the centre's; nothing of its own: the centre's."""
    shrunk = shrink(own, n, centre)
    assert min(own, centre) - 1e-9 <= shrunk.value <= max(own, centre) + 1e-9
    assert shrunk.small_sample == (n < domain.PRIOR_WEIGHT)
    assert shrink(own, 0, centre).value == centre


def test_expected_minutes_are_those_of_the_mix() -> None:
    """A desk that gives long services is not slow for it."""
    assert domain.expected_minutes({"long": 2, "short": 3}, {"long": 30.0, "short": 5.0}) == 75.0


def test_days_are_in_order_and_not_too_many() -> None:
    """Two years by day, ten years by anything else; both ends are included."""
    day = date(2025, 1, 1)
    domain.check_range(day, day, Group.DAY)
    domain.check_range(day, day + timedelta(days=730), Group.DAY)
    with pytest.raises(domain.RangeReversed):
        domain.check_range(day, day - timedelta(days=1), Group.DAY)
    with pytest.raises(domain.RangeTooLong):
        domain.check_range(day, day + timedelta(days=731), Group.DAY)
    domain.check_range(day, day + timedelta(days=3659), Group.MONTH)
    with pytest.raises(domain.RangeTooLong):
        domain.check_range(day, day + timedelta(days=3660), Group.REGION)
