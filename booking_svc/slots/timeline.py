"""The coming slots of one queue, compactly: parallel arrays in time order (design.md §4)."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

CLOSED = -1
"""In place of the number of free places: the schedule does not give this slot any more."""


class Slot(NamedTuple):
    id: int
    visit_date: date
    free: int


class Rendered(NamedTuple):
    """Bytes ready to be sent; they hold until `until` (seconds since 1970) unless a place changes."""

    body: bytes
    etag: str
    until: float


class Timeline:
    """Slots by position. `starts` are seconds since 1970, `days` ordinals of the local date.

    `rendered` are answers made of it: by day, and under 0 the queue's part of the availability.
    """

    __slots__ = ("days", "free", "ids", "queue", "rendered", "starts", "versions")

    def __init__(self, queue: str, columns: Sequence[Sequence[int]]) -> None:
        ids, starts, days, free, versions = columns
        self.queue = queue
        self.ids, self.starts = array("q", ids), array("q", starts)
        self.days, self.free, self.versions = array("i", days), array("i", free), array("i", versions)
        self.rendered: dict[int, Rendered] = {}

    def find(self, starts_at: datetime) -> Slot | None:
        second = starts_at.timestamp()
        at = bisect_left(self.starts, second)
        if at == len(self.starts) or self.starts[at] != second or self.free[at] == CLOSED:
            return None
        return Slot(self.ids[at], date.fromordinal(self.days[at]), self.free[at])

    def set(self, at: int, free: int, version: int) -> bool:
        """Takes news of the slot at a position, unless newer ones are known; true if the free places changed.

        A closed slot stays closed: only reading the queue again opens it.
        """
        if version <= self.versions[at]:
            return False
        self.versions[at] = version
        if self.free[at] in (CLOSED, free):
            return False
        self.free[at] = free
        self.rendered.pop(self.days[at], None)
        self.rendered.pop(0, None)
        return True

    def span(self, first: int, last: int, after: float) -> range:
        """The positions of the slots of the days `first` to `last` that begin after an instant."""
        low = max(bisect_left(self.days, first), bisect_right(self.starts, after))
        return range(low, bisect_right(self.days, last))
