"""Each change is read once, however many ask, and nobody is shown what is older than its change."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from booking_svc.board.domain import Wait
from booking_svc.board.memory import Board, Boards, Waits
from booking_svc.catalogue.domain import zone_of
from services.clock import FixedClock

DAY = date(2026, 11, 24)


class Truth:
    """What the database has; notes what is read."""

    def __init__(self, clock: FixedClock) -> None:
        self.clock = clock
        self.versions = {"a": 1, "b": 1}
        self.reads: list[list[str]] = []
        self.error: Exception | None = None
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self, centres: list[str]) -> Sequence[Board]:
        self.reads.append(centres)
        found = [self.board(centre) for centre in centres]
        await self.gate.wait()
        if self.error:
            raise self.error
        return found

    def board(self, centre: str) -> Board:
        until = self.clock.now() + timedelta(hours=1)
        return Board(centre, zone_of("Europe/Kyiv"), self.versions[centre], b'"version":1}', until)

    def change(self, centre: str) -> str:
        """The notice."""
        self.versions[centre] += 1
        return f'["{centre}", {self.versions[centre]}]'


@pytest.fixture
def truth(clock: FixedClock) -> Truth:
    return Truth(clock)


@pytest.fixture
def boards(truth: Truth, clock: FixedClock) -> Boards:
    return Boards(truth.read, clock)


async def test_many_who_ask_at_once_cost_one_reading(truth: Truth, boards: Boards) -> None:
    """And those who come later none."""
    found = await asyncio.gather(*(boards.of("a") for _ in range(50)))
    await boards.of("a")
    assert truth.reads == [["a"]]
    assert {board.version for board in found} == {1}


async def test_a_notice_makes_it_read_again_once(truth: Truth, boards: Boards) -> None:
    """Only the board that it names."""
    await boards.all_of(["a", "b"])
    boards.heard(truth.change("a"))
    assert [board.version for board in await boards.all_of(["a", "b"])] == [2, 1]
    await boards.of("a")
    assert truth.reads == [["a", "b"], ["a"]]


async def test_a_reading_overtaken_by_a_notice_is_not_shown(truth: Truth, boards: Boards) -> None:
    """Who asks after the notice gets what it told of, though an older reading is under way."""
    truth.gate.clear()
    first = asyncio.create_task(boards.of("a"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    boards.heard(truth.change("a"))
    second = asyncio.create_task(boards.of("a"))
    truth.gate.set()
    assert ((await first).version, (await second).version) == (1, 2)
    assert truth.reads == [["a"], ["a"]]


async def test_an_old_notice_changes_nothing(truth: Truth, boards: Boards) -> None:
    """It may come after the reading that has its change already."""
    notice = truth.change("a")
    await boards.of("a")
    boards.heard(notice)
    await boards.of("a")
    assert truth.reads == [["a"]]


async def test_after_a_lost_connection_everything_is_read_again(truth: Truth, boards: Boards) -> None:
    """Whatever was known may have changed unheard; all of it is news."""
    await boards.all_of(["a", "b"])
    await boards.news(seconds=0)
    boards.begin()
    assert await boards.news(seconds=1) == {"a", "b"}
    await boards.of("b")
    assert truth.reads == [["a", "b"], ["b"]]


async def test_news_gather_until_they_are_taken(truth: Truth, boards: Boards) -> None:
    """Each centre once; then there are none until the next change."""
    for centre in ("a", "b", "a"):
        boards.heard(truth.change(centre))
    assert await boards.news(seconds=1) == {"a", "b"}
    assert await boards.news(seconds=0.01) == set()
    waiting = asyncio.create_task(boards.news(seconds=20))
    await asyncio.sleep(0)
    boards.heard(truth.change("b"))
    assert await asyncio.wait_for(waiting, 5) == {"b"}


async def test_a_board_does_not_outlive_its_hour(truth: Truth, boards: Boards, clock: FixedClock) -> None:
    """Other waits, perhaps another day."""
    await boards.of("a")
    clock.advance(timedelta(hours=1))
    await boards.of("a")
    assert truth.reads == [["a"], ["a"]]


async def test_a_database_that_is_away_is_told_to_each(truth: Truth, boards: Boards) -> None:
    """And is asked again by the next one."""
    truth.error = ConnectionError()
    with pytest.raises(ConnectionError):
        await boards.of("a")
    with pytest.raises(ConnectionError):
        await boards.all_of(["a", "b"])
    truth.error = None
    assert (await boards.of("a")).version == 1


def test_the_present_time_is_put_in_front(truth: Truth) -> None:
    """With the centre's offset, when the board is sent, not when it was read."""
    assert truth.board("a").body(truth.clock.now()) == b'{"now":"2026-11-24T09:00:00+02:00","version":1}'


def test_waits_hold_for_their_day() -> None:
    """Another day begins with nothing."""
    waits = Waits()
    assert waits.missing(["q", "r"], DAY) == ["q", "r"]
    waits.keep({"q": {9: Wait(60, 120, 30)}, "r": {}}, DAY)
    assert waits.missing(["q", "r"], DAY) == []
    assert waits.of("q", DAY) == {9: Wait(60, 120, 30)}
    tomorrow = DAY + timedelta(days=1)
    assert waits.missing(["q"], tomorrow) == ["q"]
    assert waits.of("q", tomorrow) == {}
