"""A day as the desk and the manager are shown it."""

from __future__ import annotations

import asyncpg

from booking_svc.bookings.domain import Status
from booking_svc.catalogue.domain import Centre, Desk
from booking_svc.catalogue.views import clock_time
from booking_svc.closures.domain import Closed
from booking_svc.day import domain
from booking_svc.day.domain import Entry
from booking_svc.day.handlers import Day, Times
from booking_svc.day.schemas import (
    AtDesk,
    CentreDay,
    ClosureView,
    CountsView,
    DeskDay,
    DeskOfDay,
    FiguresView,
    HourView,
    SlotView,
    WaitingView,
)
from booking_svc.pauses.domain import Pause
from booking_svc.pauses.schemas import PauseView
from booking_svc.visits.views import view as visit_view
from services.context import Context


def desk_day(context: Context, desk: Desk, day: Day) -> DeskDay:
    centre, present = day.centre, domain.at_desks(day.entries).get(desk.id)
    here, awaited = domain.line(day.own, desk.services)
    figures = vars(domain.figures(day.own, desk.id))
    return DeskDay(
        desk=desk.id,
        number=desk.number,
        centre=centre.id,
        now=day.now.astimezone(centre.zone),
        paused=_pause(day.pause),
        open=desk.id not in day.closed,
        services=list(desk.services),
        visit=visit_view(context, present) if present else None,
        waiting=[_waiting(entry, centre) for entry in (*here, *awaited)],
        figures=FiguresView(**{name: figures[name] for name in FiguresView.model_fields}),
    )


def centre_day(day: Day, of_day: Times) -> CentreDay:
    centre, own = day.centre, day.own
    times = (row["starts_at"] for row in of_day.slots)
    return CentreDay(
        centre=centre.id,
        date=day.date,
        now=day.now.astimezone(centre.zone),
        paused=_pause(day.pause),
        counts=CountsView(**domain.counts(own)),
        hours=[HourView(**hour._asdict()) for hour in domain.hours(own, times, centre.zone)],
        desks=[_desk(desk, day) for desk in centre.desks if desk.active],
        slots=[_slot(row, centre) for row in of_day.slots],
        closures=_closures(of_day.closed),
    )


def _pause(pause: Pause | None) -> PauseView | None:
    return PauseView(reason=pause.reason, since=pause.since) if pause else None


def _waiting(entry: Entry, centre: Centre) -> WaitingView:
    return WaitingView(
        visit=entry.id,
        ticket=entry.ticket_number,
        service=entry.service,
        starts_at=entry.starts_at.astimezone(centre.zone),
        checked_in_at=entry.checked_in_at and entry.checked_in_at.astimezone(centre.zone),
        priority=entry.priority,
        here=entry.here,
    )


def _desk(desk: Desk, day: Day) -> DeskOfDay:
    present = domain.at_desks(day.entries).get(desk.id)
    figures = domain.figures(day.own, desk.id)
    return DeskOfDay(
        id=desk.id,
        number=desk.number,
        services=list(desk.services),
        open=desk.id not in day.closed,
        visit=present and _at_desk(present, day.centre),
        served=figures.finished,
        mean_serving_seconds=figures.mean_serving_seconds,
    )


def _at_desk(entry: Entry, centre: Centre) -> AtDesk:
    since = entry.started_at if entry.status == Status.SERVING else entry.called_at
    assert since, "the table's constraints"
    return AtDesk(
        ticket=entry.ticket_number,
        status=entry.status,
        service=entry.service,
        since=since.astimezone(centre.zone),
    )


def _closures(closed: Closed) -> list[ClosureView]:
    every = ((first, queue, last) for (queue, _), parts in closed.items() for first, last in parts)
    return [
        ClosureView(queue=queue, first=clock_time(first), until=clock_time(last))
        for first, queue, last in sorted(every)
    ]


def _slot(row: asyncpg.Record, centre: Centre) -> SlotView:
    services = next((queue.services for queue in centre.queues if queue.id == row["queue"]), ())
    return SlotView(
        queue=row["queue"],
        services=list(services),
        starts_at=row["starts_at"].astimezone(centre.zone),
        capacity=row["capacity"],
        taken=row["taken"],
        closed=row["scheduled"] == 0,
    )
