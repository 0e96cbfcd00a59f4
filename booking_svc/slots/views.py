"""The answers about free places as bytes, kept until a place changes or a slot begins (design.md §4)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from booking_svc.catalogue.domain import Centre, Queue, Snapshot
from booking_svc.slots.domain import next_opening, opens_until, today
from booking_svc.slots.memory import FreeSlots
from booking_svc.slots.timeline import CLOSED, Rendered, Timeline
from services.conditional import etag_of

AVAILABILITY = 0
"""The key in `Timeline.rendered` of the queue's part of the map; the other keys are days."""
STALE_SECONDS = 0.25
"""Under load the map is made anew four times a second at most; promised is one second (api.md)."""
NEVER = float("inf")


def answer(body: bytes, *, until: float) -> Rendered:
    return Rendered(body, etag_of(body), until)


EMPTY = answer(b'{"items":[],"next":null}', until=NEVER)


def local(second: int, zone: ZoneInfo) -> str:
    """RFC 3339 with the offset of the zone at that moment."""
    return datetime.fromtimestamp(second, zone).isoformat()


def slots(snapshot: Snapshot, free_slots: FreeSlots, place: tuple[Centre, Queue, date], *, now: datetime) -> Rendered:
    """The slots of one day that have not begun; none outside the window of days."""
    centre, queue, day = place
    timeline = free_slots.timeline(queue.id)
    if timeline is None or not today(now, centre.zone) <= day <= bookable_until(snapshot, centre, now=now):
        return EMPTY
    known = timeline.rendered.get(day.toordinal())
    if known is None or now.timestamp() >= known.until:
        known = slots_of_day(timeline, day.toordinal(), centre.zone, now=now)
        timeline.rendered[day.toordinal()] = known
    return known


def slots_of_day(timeline: Timeline, day: int, zone: ZoneInfo, *, now: datetime) -> Rendered:
    span = timeline.span(day, day, now.timestamp())
    items = [
        {"starts_at": local(timeline.starts[at], zone), "free": timeline.free[at]}
        for at in span
        if timeline.free[at] != CLOSED
    ]
    body = orjson.dumps({"items": items, "next": None})
    return answer(body, until=timeline.starts[span[0]] if span else NEVER)


def bookable_until(snapshot: Snapshot, centre: Centre, *, now: datetime) -> date:
    rules = snapshot.organisation_of(centre)
    return opens_until(now, centre.zone, window_days=rules.window_days, opens_at=rules.opens_at)


@dataclass(frozen=True)
class Made:
    """The whole map of a service and what it was made of."""

    rendered: Rendered
    snapshot: Snapshot
    changes: int
    at: float


class Availability:
    """The map: all centres of a service. `monotonic` is real time in seconds, whatever the shifted clock shows."""

    def __init__(self, free_slots: FreeSlots, monotonic: Callable[[], float]) -> None:
        self._free_slots, self._monotonic = free_slots, monotonic
        self._made: dict[str, Made] = {}

    def of(self, snapshot: Snapshot, service: str, *, now: datetime) -> Rendered:
        made = self._made.get(service)
        if made is None or not self._holds(made, snapshot, now):
            made = self._make(snapshot, service, now)
            self._made[service] = made
        return made.rendered

    def _holds(self, made: Made, snapshot: Snapshot, now: datetime) -> bool:
        if made.snapshot is not snapshot or now.timestamp() >= made.rendered.until:
            return False
        return made.changes == self._free_slots.changes or self._monotonic() < made.at + STALE_SECONDS

    def _make(self, snapshot: Snapshot, service: str, now: datetime) -> Made:
        parts = list(self._parts(snapshot, service, now))
        body = b'{"items":[' + b",".join(part.body for part in parts) + b'],"next":null}'
        until = min((part.until for part in parts), default=NEVER)
        return Made(answer(body, until=until), snapshot, self._free_slots.changes, self._monotonic())

    def _parts(self, snapshot: Snapshot, service: str, now: datetime) -> Iterator[Rendered]:
        for centre, queue in snapshot.queues(service):
            timeline = self._free_slots.timeline(queue.id)
            if timeline is None:
                timeline = Timeline(queue.id, ((), (), (), (), ()))
            known = timeline.rendered.get(AVAILABILITY)
            if known is None or now.timestamp() >= known.until:
                known = part(snapshot, centre, timeline, now=now)
                timeline.rendered[AVAILABILITY] = known
            yield known


def part(snapshot: Snapshot, centre: Centre, timeline: Timeline, *, now: datetime) -> Rendered:
    """One centre of the map: what is free in the whole window, and on each of its days that has slots."""
    zone, rules = centre.zone, snapshot.organisation_of(centre)
    first, last = today(now, zone), bookable_until(snapshot, centre, now=now)
    span = timeline.span(first.toordinal(), last.toordinal(), now.timestamp())
    begins = timeline.starts[span[0]] if span else NEVER
    until = min(begins, next_opening(now, zone, opens_at=rules.opens_at).timestamp())
    return Rendered(orjson.dumps({"centre": centre.id, **counted(timeline, span, zone)}), "", until)


def counted(timeline: Timeline, span: range, zone: ZoneInfo) -> dict[str, Any]:
    days: dict[int, int] = {}
    first = None
    for at in span:
        if (free := timeline.free[at]) != CLOSED:
            days[timeline.days[at]] = days.get(timeline.days[at], 0) + free
            first = at if first is None and free else first
    return {
        "free": sum(days.values()),
        "first_free_at": None if first is None else local(timeline.starts[first], zone),
        "days": {date.fromordinal(day).isoformat(): free for day, free in days.items()},
    }
