"""Natural batching: nobody waits for a timer, one key runs once at a time, one bad item spoils nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from services.batching import Batcher
from services.errors import NotFound, Unavailable


class Work:
    """Runs batches, remembers them, and can be held at a gate."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.running: list[str] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def run(self, items: list[str]) -> Sequence[str | Exception]:
        self.batches.append(items)
        assert not {item[0] for item in items} & set(self.running), "one key runs twice"
        self.running += [item[0] for item in items]
        try:
            await self.gate.wait()
            if "poison" in items:
                raise ValueError("poison")
            return [NotFound() if item == "missing" else item.upper() for item in items]
        finally:
            for item in items:
                self.running.remove(item[0])

    def batcher(self, **limits: int) -> Batcher[str, str]:
        """The key is the first letter."""
        return Batcher(self.run, key=lambda item: item[0], **limits)


@pytest.fixture
def work() -> Work:
    return Work()


async def _later(batcher: Batcher[str, str], *items: str) -> list[asyncio.Task[str]]:
    tasks = [asyncio.create_task(batcher.do(item)) for item in items]
    await asyncio.sleep(0.01)
    return tasks


async def test_a_lone_item_starts_at_once(work: Work) -> None:
    """Without company an item runs alone, in the same turn of the loop."""
    assert await asyncio.wait_for(work.batcher().do("a"), 0.1) == "A"
    assert work.batches == [["a"]]


async def test_what_waits_while_a_batch_runs_goes_together(work: Work) -> None:
    """While one statement runs, the next ones gather and go as one batch, in the order of their coming."""
    batcher = work.batcher(workers=1)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c", "d")
    work.gate.set()
    assert await asyncio.gather(*tasks) == ["A", "B", "C", "D"]
    assert work.batches == [["a"], ["b", "c", "d"]]


async def test_a_batch_has_a_largest_size(work: Work) -> None:
    """More than `max_size` waiting items go in several batches."""
    batcher = work.batcher(workers=1, max_size=2)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c", "d", "e", "f")
    work.gate.set()
    await asyncio.gather(*tasks)
    assert [len(batch) for batch in work.batches] == [1, 2, 2, 1]


async def test_one_key_is_in_flight_once(work: Work) -> None:
    """Items of one person never share a batch nor run in two batches at the same time; the others overtake."""
    batcher = work.batcher(workers=3)
    work.gate.clear()
    tasks = await _later(batcher, "a1", "a2", "b1", "a3")
    assert work.batches == [["a1"], ["b1"]]
    work.gate.set()
    assert await asyncio.gather(*tasks) == ["A1", "A2", "B1", "A3"]
    assert work.batches[2:] == [["a2"], ["a3"]]


async def test_workers_run_side_by_side(work: Work) -> None:
    """As many batches run at once as there are workers, not more."""
    batcher = work.batcher(workers=2)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c")
    assert work.batches == [["a"], ["b"]]
    work.gate.set()
    await asyncio.gather(*tasks)


async def test_an_exception_as_result_is_raised_to_its_caller_alone(work: Work) -> None:
    """A result that is an exception concerns one caller; the others of the batch have their results."""
    batcher = work.batcher(workers=1)
    work.gate.clear()
    tasks = await _later(batcher, "x", "missing", "a")
    work.gate.set()
    assert await tasks[2] == "A"
    with pytest.raises(NotFound):
        await tasks[1]
    await tasks[0]


async def test_a_poisoned_item_does_not_spoil_its_batch(work: Work) -> None:
    """When a batch as a whole fails, its items run again one by one, and only the poisoned one fails."""
    batcher = work.batcher(workers=1)
    work.gate.clear()
    tasks = await _later(batcher, "x", "a", "poison", "b")
    work.gate.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results[:2] == ["X", "A"]
    assert results[3] == "B"
    assert isinstance(results[2], ValueError)
    assert work.batches[1:] == [["a", "poison", "b"], ["a"], ["poison"], ["b"]]


@pytest.mark.parametrize("error", [ConnectionRefusedError(), TimeoutError(), Unavailable()])
async def test_a_database_that_does_not_answer_is_not_asked_item_by_item(error: Exception) -> None:
    """Without an answer nobody knows what was done: all of the batch hear it, and nothing is run a second time."""
    batches: list[list[str]] = []

    async def run(items: list[str]) -> Sequence[str]:
        batches.append(items)
        await asyncio.sleep(0)
        raise error

    batcher: Batcher[str, str] = Batcher(run, key=str, workers=1)
    results = await asyncio.gather(*(batcher.do(item) for item in "abc"), return_exceptions=True)
    assert results == [error] * 3
    assert batches == [["a"], ["b", "c"]]


async def test_too_many_waiting_are_refused_at_once(work: Work) -> None:
    """The queue is bounded: the one too many is told `unavailable` without waiting."""
    batcher = work.batcher(workers=1, max_waiting=2)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c")
    with pytest.raises(Unavailable):
        await batcher.do("d")
    work.gate.set()
    assert await asyncio.gather(*tasks) == ["A", "B", "C"]


async def test_a_waiter_that_goes_away_before_its_turn_is_not_run(work: Work) -> None:
    """A cancelled waiter leaves the queue and harms nobody."""
    batcher = work.batcher(workers=1)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c")
    tasks[1].cancel()
    await asyncio.sleep(0)
    work.gate.set()
    assert [await tasks[0], await tasks[2]] == ["A", "C"]
    assert work.batches == [["a"], ["c"]]


async def test_a_waiter_that_goes_away_in_its_turn_does_not_stop_the_write(work: Work) -> None:
    """What is already batched is finished, although nobody waits for it any more."""
    batcher = work.batcher(workers=1)
    work.gate.clear()
    tasks = await _later(batcher, "a")
    tasks[0].cancel()
    work.gate.set()
    await batcher.drain()
    assert work.batches == [["a"]]
    assert await batcher.do("a2") == "A2", "the key is free again"


async def test_drain_waits_for_all_that_was_taken_in(work: Work) -> None:
    """After `drain` everything that came before has its result."""
    batcher = work.batcher(workers=1, max_size=1)
    work.gate.clear()
    tasks = await _later(batcher, "a", "b", "c")
    draining = asyncio.create_task(batcher.drain())
    await asyncio.sleep(0)
    assert not draining.done()
    work.gate.set()
    await draining
    assert [task.result() for task in tasks] == ["A", "B", "C"]


async def test_a_wrong_number_of_results_leaves_nobody_waiting() -> None:
    """A statement that forgets an item is an error for all of its batch, not a hang."""

    async def run(items: list[str]) -> list[str]:
        await asyncio.sleep(0)
        return []

    batcher: Batcher[str, str] = Batcher(run, key=str)
    with pytest.raises(ValueError, match="shorter"):
        await asyncio.wait_for(batcher.do("a"), 1)


async def test_work_that_is_broken_off_leaves_nobody_waiting() -> None:
    """When the running batch is cancelled, its waiters hear `unavailable`."""

    async def run(items: list[str]) -> list[str]:
        raise asyncio.CancelledError

    batcher: Batcher[str, str] = Batcher(run, key=str)
    with pytest.raises(Unavailable):
        await asyncio.wait_for(batcher.do("a"), 1)


async def test_many_callers_each_get_their_own_result(work: Work) -> None:
    """A thousand callers with two hundred keys: every one has its own answer, and no key ran twice at once."""
    letters = [chr(0x400 + number) for number in range(200)]
    wanted = [f"{letter}{turn}" for turn in range(5) for letter in letters]
    batcher = work.batcher(workers=4, max_size=16)
    assert await asyncio.gather(*(batcher.do(item) for item in wanted)) == [item.upper() for item in wanted]
    assert max(len(batch) for batch in work.batches) <= 16
