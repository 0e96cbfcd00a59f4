"""The real thing, started as a user starts it. These tests know the public contract only: `./vizyt` and HTTP."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.local_run import Run, local_runs, seen, wait_until


@pytest.fixture(scope="session")
def refused() -> Callable[[httpx.Response, int, str], dict[str, Any]]:
    return seen


@pytest.fixture(scope="session")
def eventually() -> Callable[..., Any]:
    return wait_until


@pytest.fixture(scope="session")
def new_run() -> Iterator[Callable[..., Run]]:
    """Makes runs; each has ended and left nothing behind when the tests are over."""
    with local_runs() as make:
        yield make


@pytest.fixture(scope="session")
def town(new_run: Callable[..., Run]) -> Run:
    """The run that most tests share: Tuesday, 2 March 2027, 09:00 in Kyiv, and all 21 days within the month."""
    run = new_run(VIZYT_CLOCK="2027-03-02T09:00:00+02:00")
    run.start()
    return run


@pytest.fixture(scope="session")
def journey(new_run: Callable[..., Run]) -> Run:
    """The run whose clock is moved: it starts on Tuesday, 20 October 2026, two minutes before 06:00 in Kyiv."""
    run = new_run(VIZYT_CLOCK="2026-10-20T05:58:00+03:00")
    run.start()
    return run


@pytest.fixture
def month() -> str:
    """Of the shared run."""
    return "2027-03"
