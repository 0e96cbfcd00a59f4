"""Free places of all coming slots, in this process's memory; the database is the truth at the claim (design.md §4)."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from booking_svc.slots.timeline import Slot, Timeline

__all__ = ["Change", "FreeSlots", "Slot"]

POSITION_BITS = 16
UNKNOWN_KEPT = 4096
Change = tuple[int, int, int]
"""Slot id, free places, version of the row."""


class FreeSlots:
    """Slots by queue. A version per slot makes old news harmless, in whatever order they come.

    `changes` counts what changed: whoever made something of the free places sees by it whether it still holds.
    """

    def __init__(self) -> None:
        self.changes = 0
        self._timelines: dict[str, Timeline] = {}
        self._numbered: list[Timeline] = []
        self._places: dict[int, int] = {}
        self._unknown: deque[Change] = deque(maxlen=UNKNOWN_KEPT)

    def find(self, queue: str, starts_at: datetime) -> Slot | None:
        """The slot of the queue that begins at that instant; none if the schedule gives no such slot."""
        timeline = self._timelines.get(queue)
        return timeline.find(starts_at) if timeline else None

    def timeline(self, queue: str) -> Timeline | None:
        return self._timelines.get(queue)

    def apply(self, changes: Iterable[Sequence[int]]) -> None:
        """News of slots, `(id, free, version)`: from the process's own commits and from the other processes'.

        Slots not known yet are remembered for the reading that is under way.
        """
        for slot_id, free, version in changes:
            place = self._places.get(slot_id)
            if place is None:
                self._unknown.append((slot_id, free, version))
            elif self._numbered[place >> POSITION_BITS].set(place & (1 << POSITION_BITS) - 1, free, version):
                self.changes += 1

    def read(self, rows: Iterable[Any], queues: Iterable[str] | None = None) -> None:
        """Replaces these queues (None: all) by what `repository.load` read, keeping news that are newer."""
        old = {key: self._timelines.get(key) for key in (list(self._timelines) if queues is None else queues)}
        fresh = {row["queue"]: timeline(row) for row in rows}
        newer = [change for key, known in old.items() if known for change in newer_in(known, fresh.get(key))]
        self._timelines = {key: known for key, known in self._timelines.items() if key not in old} | fresh
        self._number(replaced=[known for known in old.values() if known], fresh=list(fresh.values()))
        waiting = [*newer, *self._unknown]
        self._unknown.clear()
        self.apply(waiting)
        self.changes += 1

    def _number(self, *, replaced: Sequence[Timeline], fresh: Sequence[Timeline]) -> None:
        """Notes where each slot is. Numbers of replaced timelines are used again."""
        numbers = [self._numbered.index(known) for known in replaced]
        for known in replaced:
            for slot_id in known.ids:
                self._places.pop(slot_id, None)
        for one in fresh:
            if numbers:
                number = numbers.pop()
                self._numbered[number] = one
            else:
                number = len(self._numbered)
                self._numbered.append(one)
            for position, slot_id in enumerate(one.ids):
                self._places[slot_id] = number << POSITION_BITS | position


def timeline(row: Any) -> Timeline:
    return Timeline(row["queue"], [row[name] for name in ("ids", "starts", "days", "free", "versions")])


def newer_in(known: Timeline, fresh: Timeline | None) -> list[Change]:
    """What the known timeline had heard and the reading, begun before, had not yet seen."""
    read = dict(zip(fresh.ids, fresh.versions, strict=True)) if fresh else {}
    rows = zip(known.ids, known.free, known.versions, strict=True)
    return [(key, free, version) for key, free, version in rows if version > read.get(key, version)]
