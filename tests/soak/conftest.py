"""One run for all soak tests; its figures are logged, and it is gone afterwards unless a test failed."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from services.local import postgres_place
from tests.soak.city import City

log = logging.getLogger("soak")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def city(request: pytest.FixtureRequest) -> AsyncIterator[City]:
    base, failed = Path(tempfile.mkdtemp(prefix="vizyt-soak-")), request.session.testsfailed
    base.chmod(0o711)  # noqa: ASYNC240 (at once)
    town = City(base)
    try:
        await town.open()
        yield town
        log.warning("acknowledged: %s; sent again: %d", town.history.answers, town.history.repetitions)
        for trouble, seconds in town.recoveries.items():
            log.warning("%s: %d times, new work after at most %.1f s", trouble, len(seconds), max(seconds))
    finally:
        await town.close()
        if request.session.testsfailed == failed:
            postgres_place.discard(town.run.home / "postgres")
            shutil.rmtree(base)
        else:
            log.warning("kept: %s", base)
