"""The rules of figures: what is positive, how sure a share is, how durations are kept, what is not shown.

Pure functions on values (domain.md §3 and §5).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar

from services.errors import Problem

Key = TypeVar("Key", bound=Hashable)

OVERALL = "overall"
"""The question on the service as a whole: its answers are what `ratings` counts, and what makes one positive."""
POSITIVE_FROM = 3
"""A rating is positive at 3 or 4, negative at 1 or 2 (domain.md §3)."""
SMALLEST_CELL = 5
"""A figure of fewer persons is not shown to the public (domain.md §5)."""
Z95 = 1.959963984540054
"""Of the normal distribution: 95 % lie within so many standard deviations."""
ACCURACY = 0.02
"""A percentile of kept durations is off by at most so much of itself."""
GAMMA = (1 + ACCURACY) / (1 - ACCURACY)
LOG_GAMMA = math.log(GAMMA)
PRIOR_WEIGHT = 20
"""How many visits or ratings of the whole centre stand beside those of a desk: a desk with as many of its own is taken
half at its own word (domain.md §5, indicators for motivation must not rest on chance).
"""


class What(StrEnum):
    """What is counted, a visit each, on the day of the visit in the centre's zone."""

    HELD = "held"
    CONFIRMED = "confirmed"
    MOVED_IN = "moved_in"
    MOVED_OUT = "moved_out"
    CANCELLED = "cancelled"
    CANCELLED_BY_CENTRE = "cancelled_by_centre"
    RELEASED = "released"
    EXPIRED = "expired"
    CHECKED_IN = "checked_in"
    CALLED = "called"
    RECALLED = "recalled"
    SKIPPED = "skipped"
    STARTED = "started"
    SERVED = "served"
    FAILED = "failed"
    MISSING_DOCUMENTS = "missing_documents"
    REFUSED = "refused"
    NOT_CHECKED_IN = "not_checked_in"
    DID_NOT_COME = "did_not_come"
    PAUSED = "paused"
    QUOTA_EXHAUSTED = "quota_exhausted"
    BLOCKED_FOR_NO_SHOWS = "blocked_for_no_shows"
    COOLDOWN = "cooldown"
    PRIORITY_USED = "priority_used"
    SLOT_FULL = "slot_full"
    REMARK_OPENED = "remark_opened"
    REMARK_ANSWERED = "remark_answered"
    REMARK_LATE = "remark_late"


class Period(StrEnum):
    """What is measured: seconds, kept in buckets."""

    WAITING = "waiting"
    SERVING = "serving"
    REACTION = "reaction"
    PAUSE = "pause"


class Group(StrEnum):
    """By what figures are told apart."""

    REGION = "region"
    ORGANISATION = "organisation"
    CENTRE = "centre"
    DESK = "desk"
    SERVICE = "service"
    CHANNEL = "channel"
    DAY = "day"
    MONTH = "month"
    YEAR = "year"
    QUESTION = "question"


LONGEST_DAYS: Mapping[Group, int] = {Group.DAY: 731}
LONGEST = 3660
"""How many days a query may span: two years day by day, else ten years."""


class RangeReversed(Problem):
    status, code = 422, "range_reversed"
    title = {
        "uk": "Початок пізніший за кінець",
        "en": "The beginning is after the end",
        "pl": "Początek jest po końcu",
    }
    detail = {
        "uk": "Дата from пізніша за to. Поміняйте їх місцями; обидві дати включно.",
        "en": "The date from is later than to. Exchange them; both dates are included.",
        "pl": "Data from jest późniejsza niż to. Zamień je; obie daty są włączone.",
    }


class RangeTooLong(Problem):
    status, code = 422, "range_too_long"
    title = {
        "uk": "Забагато днів для такого поділу",
        "en": "Too many days for this grouping",
        "pl": "Zbyt wiele dni dla tego podziału",
    }
    detail = {
        "uk": "За поділом {group_by} можна запитати щонайбільше {max_days} днів. Візьміть коротший час або місяці.",
        "en": "Grouped by {group_by}, at most {max_days} days can be asked for. Take a shorter time, or months.",
        "pl": "Przy podziale {group_by} można zapytać o najwyżej {max_days} dni. Wybierz krótszy czas lub miesiące.",
    }


def check_range(first: date, last: date, group: Group) -> None:
    """Raises `RangeReversed`, `RangeTooLong`."""
    if first > last:
        raise RangeReversed
    longest = LONGEST_DAYS.get(group, LONGEST)
    if (last - first).days + 1 > longest:
        raise RangeTooLong(group_by=group.value, max_days=longest)


def wilson(positive: int, n: int) -> tuple[float, float]:
    """Where the true share lies with 95 % certainty, when `positive` of `n` were seen (Wilson's score interval, 1927).

    It is never outside 0 to 1, and honest where n is small or the share extreme. `n` is at least 1.
    """
    share = positive / n
    spread = Z95 * Z95 / n
    middle = (share + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(share * (1 - share) / n + spread / (4 * n)) / (1 + spread)
    low, high = middle - half, middle + half
    return (0.0 if positive == 0 else max(0.0, low), 1.0 if positive == n else min(1.0, high))


def bucket(seconds: int) -> int:
    """Where a duration is counted: 0 for none, else growing with its logarithm, so that histograms of any days and
    desks add up, and a value read back is off by at most `ACCURACY` (the buckets of DDSketch, Masson et al., 2019).
    """
    return 0 if seconds < 1 else 1 + math.ceil(math.log(seconds) / LOG_GAMMA - 1e-9)


def seconds_of(number: int) -> float:
    """The duration that stands for a bucket."""
    return 0.0 if number == 0 else 2 * GAMMA ** (number - 1) / (GAMMA + 1)


def percentile(buckets: Iterable[tuple[int, int]], share: float) -> float | None:
    """So many seconds or less had that share of all, by nearest rank. `buckets`: number and count. None of none."""
    counted = sorted((number, n) for number, n in buckets if n)
    rank = math.ceil(share * sum(n for _, n in counted))
    for number, n in counted:
        rank -= n
        if rank <= 0:
            return seconds_of(number)
    return None


def hidden(cells: Sequence[int], already: Sequence[bool] = ()) -> list[bool]:
    """Which cells of a table, whose total is shown, the public does not see: those of 1 to 4 persons, and, so that the
    total less the others does not tell them, the next smaller ones until what is hidden together is two cells and 5
    persons. An empty cell hides nothing. `already`: what is hidden for another reason.
    """
    smallest = SMALLEST_CELL
    hide = [0 < cell < smallest for cell in cells]
    hide = [a or b for a, b in zip(hide, already, strict=True)] if already else hide
    if not any(hide):
        return hide
    rest = sorted((cell, place) for place, cell in enumerate(cells) if cell and not hide[place])
    for _, place in rest:
        covered = [cell for cell, hides in zip(cells, hide, strict=True) if hides]
        if len(covered) > 1 and sum(covered) >= smallest:
            break
        hide[place] = True
    return hide


def hidden_everywhere(cells: Mapping[Key, int], tables: Iterable[Sequence[Key]]) -> set[Key]:
    """Cells that stand in several tables, each with a total that is shown: hidden in all of them, as long as hiding in
    one makes more to hide in another. `tables` name the cells of each.
    """
    hide: set[Key] = set()
    tables = [list(table) for table in tables]
    while True:
        before = len(hide)
        for table in tables:
            found = hidden([cells[key] for key in table], [key in hide for key in table])
            hide |= {key for key, hides in zip(table, found, strict=True) if hides}
        if len(hide) == before:
            return hide


@dataclass(frozen=True)
class Shrunk:
    """A figure of a desk as it is judged: its own and the centre's, by how much is known. `weight`: the own part."""

    value: float
    weight: float

    @property
    def small_sample(self) -> bool:
        return self.weight < 0.5


def shrink(own: float, n: int, centre: float) -> Shrunk:
    """The desk's mean of `n` drawn to the centre's: a weighted mean in which the centre has `PRIOR_WEIGHT`."""
    weight = n / (n + PRIOR_WEIGHT)
    return Shrunk(weight * own + (1 - weight) * centre, weight)


def expected_minutes(served: Mapping[str, int], minutes_each: Mapping[str, float]) -> float:
    """What the served mix of services would have taken at the usual pace of each (`minutes_each`)."""
    return sum(n * minutes_each[service] for service, n in served.items())
