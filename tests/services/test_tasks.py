"""Tasks end when they are told to, also those that do not hear well."""

from __future__ import annotations

import asyncio

import pytest

from services import tasks
from services.tasks import end
from tests.services.world import seconds_for


async def deaf(times: int, ended: list[int]) -> None:
    """Swallows so many cancellations."""
    for _ in range(times):
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            continue
    try:
        await asyncio.sleep(60)
    finally:
        ended.append(times)


async def test_tasks_are_cancelled_until_they_end() -> None:
    """Whatever swallows a cancellation gets another one; what ended before is left alone."""
    ended: list[int] = []
    done = asyncio.create_task(asyncio.sleep(0))
    await done
    running = [asyncio.create_task(deaf(times, ended)) for times in (0, 1, 2)]
    await asyncio.sleep(0)
    await end([*running, done])
    assert sorted(ended) == [0, 1, 2]
    assert all(task.cancelled() for task in running)


async def test_nothing_to_end_ends_at_once() -> None:
    """No tasks, no waiting."""
    assert await seconds_for(end([])) < 1


async def test_an_error_of_a_task_is_not_raised() -> None:
    """Who ends tasks does not ask how they were."""

    async def fail() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            raise ValueError

    task = asyncio.create_task(fail())
    await asyncio.sleep(0)
    await end([task])
    assert isinstance(task.exception(), ValueError)


async def test_who_is_cancelled_while_ending_ends_its_tasks_first() -> None:
    """Ends may stand inside each other: the outer one does not leave the inner tasks running."""
    ended: list[int] = []
    inner = [asyncio.create_task(deaf(times, ended)) for times in (1, 3)]

    async def outer() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            await end(inner)

    task = asyncio.create_task(outer())
    await asyncio.sleep(0)
    await end([task])
    assert task.cancelled()
    assert sorted(ended) == [1, 3]


async def test_a_task_that_never_ends_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process must end all the same."""
    monkeypatch.setattr(tasks, "PATIENCE_SECONDS", 0.01)
    ended: list[int] = []
    task = asyncio.create_task(deaf(50, ended))
    await asyncio.sleep(0)
    assert await seconds_for(end([task])) < 2
    assert not task.done()
    while not task.done():
        task.cancel()
        await asyncio.sleep(0)
