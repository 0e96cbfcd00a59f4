"""What of a board's state is shown where."""

from __future__ import annotations

import pytest

from gateway.pages.board.showing import MOST_WAITING, is_priority, line, minutes, waits


def wait(half: int | None, most: int | None) -> dict[str, object]:
    return {"queue": "q", "services": ["a", "b"], "wait_p50_seconds": half, "wait_p90_seconds": most}


def test_priority_tickets_stand_apart_and_first() -> None:
    """They are the ones below 1000."""
    assert (is_priority(999), is_priority(1000)) == (True, False)
    assert line([2, 7, 1000, 1004]) == ([2, 7], [1000, 1004], 0)


def test_a_long_line_is_cut_at_its_end() -> None:
    """How many more there are is said."""
    long = [*range(1, 6), *range(1000, 1100)]
    shown = line(long)
    assert shown.priority == [1, 2, 3, 4, 5]
    assert shown.ordinary == list(range(1000, 1000 + MOST_WAITING - 5))
    assert shown.more == len(long) - MOST_WAITING


@pytest.mark.parametrize(
    ("half", "most", "shown"),
    [(None, None, None), (0, 20, (1, 1)), (600, 1260, (10, 21)), (601, 629, (10, 10))],
)
def test_waits_are_told_in_whole_minutes(half: int | None, most: int | None, shown: tuple[int, int] | None) -> None:
    """Nothing where too little is known."""
    assert minutes(wait(half, most)) == shown


def test_a_queue_goes_by_the_names_of_its_services() -> None:
    """A service that is not known any more keeps its code."""
    [shown] = waits({"waits": [wait(60, 120)]}, {"a": "Exchange"})
    assert (shown.name, shown.minutes) == ("Exchange, b", (1, 2))
