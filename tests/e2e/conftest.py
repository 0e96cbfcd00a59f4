"""The real thing, started as a user starts it. These tests know the public contract only: `./vizyt` and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.e2e.local_run import Run, local_runs, seen, wait_until

SHARED: list[Run] = []


@pytest.fixture(scope="session")
def refused() -> Callable[[httpx.Response, int, str], dict[str, Any]]:
    return seen


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="module")
def new_run() -> Iterator[Callable[..., Run]]:
    """Makes runs; each has ended and left nothing behind when the tests of the file are over."""
    with local_runs() as make:
        yield make


@pytest.fixture(scope="session")
def town() -> Iterator[Run]:
    """The run that most tests share: Tuesday, 2 March 2027, 09:00 in Kyiv, and all 21 days within the month."""
    with _shared("2027-03-02T09:00:00+02:00") as run:
        yield run


@pytest.fixture(scope="session")
def journey() -> Iterator[Run]:
    """The run whose clock is moved: it starts on Tuesday, 20 October 2026, two minutes before 06:00 in Kyiv."""
    with _shared("2026-10-20T05:58:00+03:00") as run:
        yield run


@contextmanager
def _shared(clock: str) -> Iterator[Run]:
    with local_runs() as make:
        run = make(VIZYT_CLOCK=clock)
        run.start()
        SHARED.append(run)
        yield run


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> None:
    """The shared runs end with the last of these tests: beside all others they would take a part of the machine."""
    if nextitem is None or Path(__file__).parent not in nextitem.path.parents:
        for run in SHARED:
            run.stop()


@pytest.fixture
def month() -> str:
    """Of the shared run."""
    return "2027-03"
