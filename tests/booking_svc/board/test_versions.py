"""The version of a board grows with every change of its centre's day, in the same transaction, whoever makes it."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg

from tests.booking_svc.board.conftest import LUTSK, Hall

DAYS = (
    ("check in", "call", "recall", "skip"),
    ("check in", "call", "refuse"),
    ("check in", "call", "miss"),
    ("check in", "call", "verify", "start", "finish"),
    ("check in", "cancel"),
)
UNSEEN = {"verify"}


async def test_every_step_of_the_day_raises_it_by_one(hall: Hall) -> None:
    """Check-in, call, recall, skip, refusal, no-show, start, finish, cancellation of one who is there."""
    for steps in DAYS:
        visitor = await hall.visitor()
        for step in steps:
            before = await hall.version()
            await hall.step(visitor, step)
            assert await hall.version() == before + (step not in UNSEEN), step


async def test_what_nobody_sees_does_not_raise_it(hall: Hall) -> None:
    """Somebody who never came, an identity that was verified, names that were erased, a step that changed nothing."""
    absent, cancelled, present = await hall.visitor(), await hall.visitor(), await hall.waits()
    await hall.step(present, "call")
    before = await hall.version()
    await hall.step(absent, "miss")
    await hall.step(cancelled, "cancel")
    await hall.step(present, "verify")
    await hall.house.rows("UPDATE booking SET names = NULL")
    await hall.house.rows("UPDATE booking SET status = status, calls = calls")
    assert await hall.version() == before


async def test_a_pause_and_its_end_raise_it(hall: Hall) -> None:
    """Of the paused centre only."""
    manager = hall.house.stack.bearer("manager", organisation="lutsk", centre=LUTSK)
    before, other = await hall.version(), await Hall(hall.house, "lublin-main").version()
    for path, body in (("pause", {"reason": "power"}), ("pause", {"reason": "power"}), ("resume", None)):
        answer = await hall.house.client.post(f"/api/v1/centres/{LUTSK}/{path}", json=body, headers=manager)
        assert answer.status_code == 200, answer.text
    assert await hall.version() == before + 2, "pausing again changed nothing"
    assert await Hall(hall.house, "lublin-main").version() == other


async def test_a_transaction_raises_it_once(hall: Hall) -> None:
    """However many of its visitors it touches; each centre by itself."""
    await hall.waits()
    await hall.waits()
    elsewhere = Hall(hall.house, "lublin-main")
    await elsewhere.waits(at=hall.house.clock.now().replace(hour=9))
    before, other = await hall.version(), await elsewhere.version()
    await hall.house.rows("UPDATE booking SET status = 'missed', ended_at = starts_at")
    assert (await hall.version(), await elsewhere.version()) == (before + 1, other + 1)


async def test_what_is_rolled_back_raises_nothing(hall: Hall) -> None:
    """The version belongs to the change."""
    visitor = await hall.visitor()
    before = await hall.version()
    connection = await asyncpg.connect(hall.house.context.db.url)
    transaction = connection.transaction()
    await transaction.start()
    await connection.execute("UPDATE booking SET checked_in_at = now() WHERE id = $1", visitor)
    await transaction.rollback()
    await connection.close()
    assert await hall.version() == before


async def test_desks_do_not_wait_for_each_others_transactions(hall: Hall) -> None:
    """The board is raised at the commit: one who is slow to commit holds nobody up, and nothing is lost."""
    slow, quick = await hall.waits(), await hall.waits()
    before = await hall.version()
    connection = await asyncpg.connect(hall.house.context.db.url)
    async with connection.transaction():
        await connection.execute(
            "UPDATE booking SET status = 'called', desk = 'lutsk-main-2', called_at = now(), calls = 1 WHERE id = $1",
            slow,
        )
        await asyncio.wait_for(hall.step(quick, "call"), 5)
        assert await hall.version() == before + 1
    await connection.close()
    assert await hall.version() == before + 2


async def test_a_hold_and_its_expiry_do_not_touch_the_board(hall: Hall) -> None:
    """The hot path pays nothing: an insert has no trigger, and who is not checked in is not on the board."""
    rows = await hall.house.rows(
        "SELECT tgname, tgtype & 4 > 0 AS on_insert, tgdeferrable, tginitdeferred FROM pg_trigger"
        " WHERE tgrelid = 'booking'::regclass AND NOT tgisinternal"
    )
    assert [tuple(row.values()) for row in rows] == [("booking_raises_board", False, True, True)]


async def test_the_notice_comes_with_the_commit(hall: Hall) -> None:
    """Centre and version, so that whoever has that one already need not read."""
    heard: list[Any] = []
    connection = await asyncpg.connect(hall.house.context.db.url)
    await connection.add_listener("board", lambda *notice: heard.append(notice[3]))
    await hall.waits()
    for _ in range(100):
        if heard:
            break
        await connection.execute("SELECT 1")
    await connection.close()
    assert heard == [f'["{LUTSK}", {await hall.version()}]']


async def test_a_centre_without_a_row_gets_its_first_version(hall: Hall) -> None:
    """A centre that was just made, before its first full hour."""
    visitor = await hall.visitor()
    await hall.house.rows("DELETE FROM board WHERE centre = $1", LUTSK)
    await hall.step(visitor, "check in")
    assert await hall.version() == 1
