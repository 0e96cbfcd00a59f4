"""Charts are true to their figures, and periods to the calendar: pure functions."""

from __future__ import annotations

import itertools
from datetime import date

import pytest

from gateway.pages.stats.charts import (
    BOTTOM_PX,
    LEFT,
    TOP_PX,
    Columns,
    Line,
    Share,
    Whisker,
    bar,
    counts,
    labels,
    ticks,
)
from gateway.pages.stats.charts import shares as share_scale
from gateway.pages.stats.periods import Period, day_of


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 2577, (0, 1000, 2000, 3000)),
        (0, 20, (0, 5, 10, 15, 20)),
        (0, 1, (0, 0.5, 1)),
        (3, 41, (0, 10, 20, 30, 40, 50)),
        (0.9653, 0.9887, (0.96, 0.97, 0.98, 0.99)),
    ],
)
def test_ticks_are_round_and_hold_all_values(low: float, high: float, found: tuple[float, ...]) -> None:
    """1, 2 or 5 times a power of ten apart."""
    finest = 0.01 if high < 1 else 0.5 if high == 1 else 1
    assert ticks(low, high, finest=finest) == found


@pytest.mark.parametrize("most", [1, 2, 3, 7, 9, 10, 99, 1234, 9_459, 176_913, 10_000_000])
def test_a_scale_of_counts_begins_at_nothing_in_whole_steps(most: int) -> None:
    """Not more than six steps, and at least half of the sheet is used."""
    scale = counts([most, 0, None])
    assert (scale.low, scale.high >= most, scale.high <= 2 * most) == (0, True, True)
    assert all(tick == int(tick) for tick in scale.ticks)
    assert 2 <= len(scale.ticks) <= 7


def test_nothing_counted_has_a_scale_all_the_same() -> None:
    assert counts([]).ticks == (0, 1)
    assert counts([0, None]).ticks == (0, 1)


@pytest.mark.parametrize("ends", [[0.97, 0.985], [0.0, 1.0], [1.0, 1.0], [0.0, 0.0], [0.995, 1.0], [0.2, 0.93], []])
def test_a_scale_of_shares_stays_between_none_and_all(ends: list[float]) -> None:
    scale = share_scale(ends)
    assert 0 <= scale.low < scale.high <= 1
    assert all(scale.low <= end <= scale.high for end in ends)


def test_columns_are_as_high_as_their_figures() -> None:
    """None is hidden, which is not the same as nothing."""
    chart = Columns.of([2000, 1000, 0, None], ["a", "b", "c", "d"])
    heights = [column.height for column in chart.columns]
    assert heights[0] == 2 * heights[1] == BOTTOM_PX - TOP_PX
    assert heights[2:] == [0, 0]
    assert [column.is_hidden for column in chart.columns] == [False, False, False, True]
    assert all(column.y + column.height == BOTTOM_PX for column in chart.columns)
    edges = [(column.x, column.x + column.width) for column in chart.columns]
    assert edges[0][0] >= LEFT
    assert edges[-1][1] <= 100
    assert all(right < left for (_, right), (left, _) in itertools.pairwise(edges))


def test_a_line_is_broken_where_a_figure_is_missing() -> None:
    """It does not pretend to know what lies between."""
    known = Share(0.98, 0.97, 0.99)
    chart = Line.of([known, known, None, known], ["a", "b", "c", "d"])
    assert (chart.path.count("M"), chart.path.count("L")) == (2, 1)
    assert len(chart.points) == 3
    assert all(point.high <= point.y <= point.low for point in chart.points)
    assert chart.has_points


def test_two_years_of_days_are_a_line_without_points() -> None:
    assert not Line.of([Share(0.9, 0.8, 0.95)] * 731, [""] * 731).has_points


def test_labels_are_left_out_where_they_would_touch() -> None:
    """Every one that a phone shows is shown on a wide sheet too."""
    months = ["січ", "лют", "бер", "квіт", "трав", "черв", "лип", "серп", "вер", "жовт", "лист", "груд"]
    assert len(labels(months)) == 12
    assert [label.text for label in labels(months) if label.everywhere] == months[::2]
    days = [f"{number:02}.05" for number in range(1, 32)]
    assert [label.text for label in labels(days)][:3] == ["01.05", "05.05", "09.05"]
    assert len([label for label in labels(days) if label.everywhere]) <= 5
    assert labels([]) == ()


def test_bars_compare_lengths_and_what_is_there_is_seen() -> None:
    assert (bar(50, 100), bar(0, 100), bar(None, 100), bar(0, 0)) == (50.0, 0.0, 0.0, 0.0)
    assert bar(1, 1_000_000) == 0.6


def test_an_interval_lies_on_the_scale_of_all() -> None:
    whisker = Whisker.of(Share(0.98, 0.97, 0.99), share_scale([0.96, 1.0]))
    assert (whisker.low, whisker.x, whisker.high) == (25, 50, 75)


def test_a_period_is_a_year_a_quarter_or_any_days() -> None:
    """Both ends are included."""
    year, quarter = Period.whole(2024), Period.whole(2025, 4)
    assert (year.first, year.last, year.days) == (date(2024, 1, 1), date(2024, 12, 31), 366)
    assert (quarter.first, quarter.last) == (date(2025, 10, 1), date(2025, 12, 31))
    assert Period.whole(2025, 1).last == date(2025, 3, 31)
    assert (year.query, quarter.query) == ({"year": "2024"}, {"year": "2025", "quarter": "4"})
    assert (year.report, quarter.report) == ("2024", "2025-Q4")
    days = Period(date(2025, 2, 27), date(2025, 3, 2))
    assert days.query == {"from": "2025-02-27", "to": "2025-03-02"}
    assert (days.report, days.step) == ("2025", "day")


def test_the_trend_is_told_in_steps_that_fit() -> None:
    """Every step of the period, also those on which nothing happened, and none after today."""
    today = date(2025, 3, 15)
    assert Period.whole(2025).keys(today) == ["2025-01", "2025-02", "2025-03"]
    assert Period.whole(2026).keys(today) == []
    assert Period(date(2025, 3, 1), date(2025, 3, 3)).keys(today) == ["2025-03-01", "2025-03-02", "2025-03-03"]
    assert Period(date(2016, 1, 1), date(2024, 12, 31)).step == "year"
    assert Period(date(2024, 1, 1), date(2024, 12, 31), by="day").step == "day"
    assert (day_of("2025"), day_of("2025-03"), day_of("2025-03-09")) == (
        date(2025, 1, 1),
        date(2025, 3, 1),
        date(2025, 3, 9),
    )
