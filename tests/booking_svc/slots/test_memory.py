"""Free places in memory: news may come twice, late, early, and while everything is read again."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from booking_svc.slots.memory import FreeSlots, Slot

NINE = datetime(2026, 11, 24, 9, tzinfo=UTC)
STEP = timedelta(minutes=20)


def row(queue: str, first_id: int, free: list[int], versions: list[int] | None = None) -> dict[str, Any]:
    """What the database gives for a queue of slots from 09:00 on, every twenty minutes."""
    count = len(free)
    return {
        "queue": queue,
        "ids": list(range(first_id, first_id + count)),
        "starts": [int((NINE + place * STEP).timestamp()) for place in range(count)],
        "days": [NINE.toordinal()] * count,
        "free": free,
        "versions": versions or [0] * count,
    }


@pytest.fixture
def slots() -> FreeSlots:
    """Two queues of two slots."""
    slots = FreeSlots()
    slots.read([row("a", 1, [3, 3]), row("b", 10, [1, 1])])
    return slots


def free(slots: FreeSlots, queue: str, place: int = 0) -> int | None:
    found = slots.find(queue, NINE + place * STEP)
    return found.free if found else None


def test_a_slot_is_found_by_its_queue_and_beginning(slots: FreeSlots) -> None:
    """With its id, its local day and the free places; whatever zone the asked time is written in."""
    assert slots.find("a", NINE) == Slot(1, date(2026, 11, 24), 3)
    assert slots.find("b", NINE.astimezone() + STEP) == Slot(11, date(2026, 11, 24), 1)


@pytest.mark.parametrize("wrong", [-STEP, timedelta(seconds=1), timedelta(microseconds=1), 2 * STEP])
def test_between_and_beside_the_slots_there_is_none(slots: FreeSlots, wrong: timedelta) -> None:
    """Only an exact beginning names a slot."""
    assert slots.find("a", NINE + wrong) is None


def test_an_unknown_queue_has_no_slots(slots: FreeSlots) -> None:
    """Not an error: the schedule of a new queue may not be there yet."""
    assert slots.find("c", NINE) is None


def test_news_change_one_slot(slots: FreeSlots) -> None:
    """The others stay as they are."""
    slots.apply([(1, 2, 1)])
    assert [free(slots, "a"), free(slots, "a", 1), free(slots, "b")] == [2, 3, 1]


def test_old_news_are_harmless(slots: FreeSlots) -> None:
    """Whatever the order in which they come, the highest version holds."""
    slots.apply([(1, 0, 3)])
    slots.apply([(1, 2, 1), (1, 1, 2)])
    assert free(slots, "a") == 0


def test_the_same_news_twice_count_once(slots: FreeSlots) -> None:
    """The process that committed applies its own news at once and hears them again."""
    before = slots.changes
    slots.apply([(1, 2, 1)])
    slots.apply([(1, 2, 1)])
    assert slots.changes == before + 1


def test_reading_one_queue_again_leaves_the_others(slots: FreeSlots) -> None:
    """Slots that are gone are gone, new ones are there, the other queue keeps its news."""
    slots.apply([(10, 0, 1)])
    slots.read([row("a", 5, [4])], ["a"])
    assert (free(slots, "a"), free(slots, "a", 1), free(slots, "b")) == (4, None, 0)
    slots.apply([(5, 3, 1), (1, 0, 9), (11, 0, 1)])
    assert (free(slots, "a"), free(slots, "b", 1)) == (3, 0)


def test_a_reading_does_not_undo_news_that_came_while_it_ran(slots: FreeSlots) -> None:
    """The snapshot of the reading is older than the commit that was heard."""
    slots.apply([(1, 0, 7)])
    slots.read([row("a", 1, [1, 1], versions=[6, 6])], ["a"])
    assert (free(slots, "a"), free(slots, "a", 1)) == (0, 1)


def test_a_newer_reading_goes_before_older_news(slots: FreeSlots) -> None:
    """After a gap the database is right."""
    slots.apply([(1, 0, 7)])
    slots.read([row("a", 1, [2, 2], versions=[8, 8])])
    assert free(slots, "a") == 2


def test_news_of_a_slot_that_is_only_being_read_are_kept(slots: FreeSlots) -> None:
    """Somebody took a place of a new slot before its reading arrived here."""
    slots.apply([(20, 0, 1)])
    slots.read([row("new", 20, [1, 1])], ["new"])
    assert (free(slots, "new"), free(slots, "new", 1)) == (0, 1)


def test_a_queue_that_is_gone_is_forgotten(slots: FreeSlots) -> None:
    """Read again and nothing came: no slots; its number is used by the next one."""
    slots.read([], ["a"])
    assert free(slots, "a") is None
    slots.read([row("c", 30, [5])], ["c"])
    slots.apply([(30, 4, 1)])
    assert (free(slots, "c"), free(slots, "b")) == (4, 1)


def test_reading_everything_replaces_everything(slots: FreeSlots) -> None:
    """What was not read is not there any more."""
    slots.read([row("b", 10, [1, 1])])
    assert (free(slots, "a"), free(slots, "b")) == (None, 1)


def test_a_closed_slot_cannot_be_found_and_news_do_not_open_it(slots: FreeSlots) -> None:
    """A cancelled booking in a time that the schedule no longer gives frees no place for others."""
    slots.read([row("a", 1, [-1, 3])], ["a"])
    slots.apply([(1, 0, 5), (1, 1, 6)])
    assert (free(slots, "a"), free(slots, "a", 1)) == (None, 3)


def test_a_large_memory_stays_exact() -> None:
    """Many queues read one by one in any order, each slot with news of its own."""
    slots = FreeSlots()
    queues = [f"q{number}" for number in range(50)]
    for number, queue in enumerate(queues):
        slots.read([row(queue, number * 100, [9] * 24)], [queue])
    for number, queue in reversed(list(enumerate(queues))):
        slots.apply([(number * 100 + place, place % 9, 1) for place in range(24)])
        slots.read([row(queue, number * 100, [9] * 24)], [queue])
    for queue in queues:
        assert [free(slots, queue, place) for place in range(24)] == [place % 9 for place in range(24)]
