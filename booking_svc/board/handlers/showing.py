"""A board is read from the database when it has changed; everybody else is shown the one that is known."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple

from prometheus_client import Counter

from booking_svc.board import repository, views
from booking_svc.board.domain import DAY, Hours, Wait, past_days, wait_at
from booking_svc.board.memory import Board, Boards, Waits
from booking_svc.board.repository import Window
from booking_svc.bookings.repository import Booking
from booking_svc.catalogue.domain import Centre, Queue
from booking_svc.catalogue.memory import Catalogue
from booking_svc.slots.domain import instant, today
from services.context import Context
from services.errors import NotFound

READINGS = Counter("vizyt_board_readings_total", "Statements that read boards")


async def board(context: Context, key: str) -> Board:
    """Raises `NotFound` for an unknown centre. One that is switched off is shown: its visitors still come."""
    if context.get(Catalogue).centre(key) is None:
        raise NotFound
    return await context.get(Boards).of(key)


async def read(context: Context, keys: Sequence[str]) -> list[Board]:
    """These boards from the database, with one statement."""
    now = context.clock.now()
    known = {key: context.get(Catalogue).centre(key) for key in keys}
    centres = {key: centre for key, centre in known.items() if centre}
    await know_waits(context, list(centres.values()), now=now)
    rows = await repository.boards(context.db, {key: today(now, centre.zone) for key, centre in centres.items()})
    READINGS.inc()
    waits = context.get(Waits)
    return [views.board(row, centres[row["centre"]], waits, now=now) for row in rows]


async def know_waits(context: Context, centres: Sequence[Centre], *, now: datetime) -> None:
    """Makes the day's estimates of these centres, once a day."""
    waits = context.get(Waits)
    queues: dict[date, list[tuple[Centre, Queue]]] = {}
    for centre in centres:
        day = today(now, centre.zone)
        missing = waits.missing([queue.id for queue in centre.queues], day)
        queues.setdefault(day, []).extend((centre, queue) for queue in centre.queues if queue.id in missing)
    for day, some in queues.items():
        if some:
            windows = [window for centre, queue in some for window in past(centre, queue, day)]
            hours: dict[str, dict[int, Wait]] = {queue.id: {} for _, queue in some}
            for row in await repository.estimates(context.db, windows):
                half, most = row["waits"]
                hours[row["queue"]][row["hour"]] = Wait(half, most, row["visits"])
            waits.keep(hours, day)


def past(centre: Centre, queue: Queue, day: date) -> list[Window]:
    """The times that the estimates of this day are made of."""
    return [window(centre, queue, day, of=before) for before in past_days(day)]


def window(centre: Centre, queue: Queue, day: date, *, of: date) -> Window:
    """One day of the queue, for the estimate of `day` or for the truth about it."""
    since, until = instant(of, 0, centre.zone), instant(of + DAY, 0, centre.zone)
    return Window(queue.id, centre.id, centre.time_zone, day, of != day, since, until)


class Place(NamedTuple):
    """Where somebody stands in line, and how long those usually wait who begin to wait when they do."""

    ahead: int
    wait: Wait | None


async def place_in_line(context: Context, found: Booking) -> Place | None:
    """Of a confirmed booking of today; None for any other, and for a service that is no longer given here."""
    now = context.clock.now()
    centre = context.get(Catalogue).centre(found.centre)
    queue = centre and centre.queue_of(found.service)
    if centre is None or queue is None or found.status != "confirmed" or found.visit_date != today(now, centre.zone):
        return None
    await know_waits(context, [centre], now=now)
    hours: Hours = context.get(Waits).of(queue.id, found.visit_date)
    async with context.db.begin() as session:
        ahead = await repository.ahead(session, found.id, queue.services)
    return Place(ahead, wait_at(hours, max(now, found.starts_at), centre.zone))
