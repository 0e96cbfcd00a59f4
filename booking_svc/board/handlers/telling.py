"""The leader tells every change of a board to all who listen (services/live.py), and raises boards at full hours."""

from __future__ import annotations

import asyncio
from datetime import datetime

import structlog

from booking_svc.board import repository
from booking_svc.board.domain import hour_of
from booking_svc.board.memory import Board, Boards
from booking_svc.catalogue.memory import Catalogue
from services.context import Context
from services.errors import Unavailable
from services.live import Publisher, State

LOOK_SECONDS = 1.0
PACE_SECONDS = 0.05
"""A lone change is told at once; of many, not more than twenty states a second, each with all that came before it."""
RETRY_SECONDS = 0.25
log = structlog.get_logger()


def topic(centre: str) -> str:
    """The address of the board: what the gateway calls it."""
    return f"/api/v1/centres/{centre}/board"


async def publish(context: Context) -> None:
    """The job, for as long as this process leads. It begins by telling everybody to read again, because the leader
    before may have died between a change and its telling.
    """
    boards, publisher = context.get(Boards), Publisher(context.bus)
    untold: set[str] = set()
    while True:
        untold |= await boards.news(seconds=RETRY_SECONDS if untold else LOOK_SECONDS)
        catalogue = context.get(Catalogue)
        found = await boards.all_of([centre for centre in sorted(untold) if catalogue.centre(centre)])
        try:
            await publisher.publish({topic(board.centre): state(context, board) for board in found})
        except Unavailable:
            await asyncio.sleep(RETRY_SECONDS)
            continue
        if untold:
            untold.clear()
            await asyncio.sleep(PACE_SECONDS)


def state(context: Context, board: Board) -> State:
    """What is sent: the board with the present time."""
    return State(board.version, board.body(context.clock.now()))


async def turn(context: Context) -> None:
    """The job: at the full hour other waits are shown, at midnight another day."""
    now = context.clock.now()
    turning = context.get(Turning)
    hours = {key: hour_of(now, centre.zone) for key, centre in context.get(Catalogue).snapshot.centres.items()}
    due = {key: hour for key, hour in hours.items() if turning.hours.get(key) != hour}
    if due:
        await repository.raise_for_hours(context.db, due)
        turning.hours = hours


class Turning:
    """The hour of each centre that this process has seen to."""

    def __init__(self) -> None:
        self.hours: dict[str, datetime] = {}
