"""One run for all soak tests; it is gone afterwards, and its figures are logged."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio

from services.local import postgres_place
from tests.soak.city import City


@pytest_asyncio.fixture(scope="session")
async def city() -> AsyncIterator[City]:
    base = Path(tempfile.mkdtemp(prefix="vizyt-soak-"))
    base.chmod(0o711)  # noqa: ASYNC240 (at once)
    town = City(base)
    try:
        await town.open()
        yield town
        log = logging.getLogger("soak")
        log.info("acknowledged: %s; sent again: %d", town.history.answers, town.history.repetitions)
        for trouble, seconds in town.recoveries.items():
            log.info("%s: %d times, new work after %s s", trouble, len(seconds), [round(one, 1) for one in seconds])
    finally:
        await town.close()
        postgres_place.discard(town.run.home / "postgres")
        import subprocess; subprocess.run(["rm","-rf","/tmp/soak-logs"]); subprocess.run(["cp", "-r", str(town.run.home/"logs"), "/tmp/soak-logs"]); print(town.history.surprises)  # DEBUG
        shutil.rmtree(base)
