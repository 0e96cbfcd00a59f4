"""What an outbox has told, read by others: all of it, in order, in pages that NATS can carry."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from services import archive
from services.archive import Archive
from services.bus import Bus
from services.clock import FixedClock
from services.db import Db
from services.errors import Unavailable
from services.outbox import emit
from tests.services.test_outbox import relaying
from tests.services.world import Ended, Happened, tell

HAPPENED = Happened.subject


@pytest_asyncio.fixture
async def told(bus: Bus, db: Db) -> AsyncIterator[Bus]:
    """The owner answers."""
    await Archive(db).start(bus, "owner_svc")
    yield bus


async def read(bus: Bus, *subjects: str) -> list[int]:
    """The numbers of all events, page by page."""
    found: list[int] = []
    after: int | None = 0
    while after is not None:
        page = await archive.page(bus, "owner_svc", subjects, after=after)
        found += [json.loads(envelope)["data"]["number"] for envelope in page.envelopes]
        after = page.last
    return found


async def test_everything_is_read_once_and_in_order(told: Bus, db: Db, clock: FixedClock) -> None:
    """Over the border of pages."""
    numbers = list(range(archive.PAGE + 5))
    for start in range(0, len(numbers), 500):
        await tell(db, *(Happened(number=number) for number in numbers[start : start + 500]), now=clock.now())
    assert await read(told, HAPPENED) == numbers


async def test_only_the_subjects_that_are_asked_for(told: Bus, db: Db, clock: FixedClock) -> None:
    """Others are passed over."""
    await tell(db, Happened(number=1), Ended(number=2), Happened(number=3), now=clock.now())
    assert await read(told, HAPPENED) == [1, 3]
    assert await read(told, HAPPENED, Ended.subject) == [1, 2, 3]
    assert await read(told, "probe.never.v1") == []


async def test_a_page_of_long_events_ends_early(
    told: Bus, db: Db, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that it stays a message that NATS takes."""
    monkeypatch.setattr(archive, "PAGE_CHARACTERS", 700)
    await tell(db, *(Happened(number=number) for number in range(7)), now=clock.now())
    page = await archive.page(told, "owner_svc", [HAPPENED], after=0)
    assert 0 < len(page.envelopes) < 7
    assert await read(told, HAPPENED) == list(range(7))


async def test_what_is_not_committed_is_not_told(told: Bus, db: Db, clock: FixedClock) -> None:
    """An archive holds facts."""
    async with db.begin() as session:
        await emit(session, Happened(number=1), now=clock.now())
        assert await read(told, HAPPENED) == []


async def test_published_events_are_counted(told: Bus, db: Db, clock: FixedClock) -> None:
    """For comparison with what others have taken."""
    await tell(db, Happened(number=1), Happened(number=2), now=clock.now())
    assert await archive.counts(told, "owner_svc", [HAPPENED]) == {}
    async with relaying(told, db, clock):
        while await archive.counts(told, "owner_svc", [HAPPENED]) != {HAPPENED: 2}:
            pass


async def test_an_owner_that_is_not_there_is_known(bus: Bus) -> None:
    """At once."""
    with pytest.raises(Unavailable):
        await archive.page(bus, "nobody_svc", [HAPPENED], after=0)
