"""The catalogue as the public reads it, in one language."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from booking_svc.catalogue.domain import WEEKDAYS, CalendarDay, Centre, Intervals, Organisation, Service, Snapshot
from booking_svc.catalogue.domain import Text as Words
from services.errors import LANGUAGES

View = dict[str, Any]


def organisation(one: Organisation, language: str) -> View:
    return {
        "code": one.code,
        "name": one.name[language],
        "time_zone": one.time_zone,
        "window_days": one.window_days,
        "opens_at": one.opens_at.isoformat("minutes"),
        "hold_minutes": one.hold_minutes,
        "grace_minutes": one.grace_minutes,
        "calls_to_miss": one.calls_to_miss,
        "release_policy": one.release_policy,
    }


def service(one: Service, snapshot: Snapshot, language: str) -> View:
    """With the organisations that take bookings of it."""
    return {
        "code": one.code,
        "name": one.name[language],
        "duration_minutes": one.duration_minutes,
        "open_to_foreigners": one.open_to_foreigners,
        "cooldown_days": one.cooldown_days,
        "visit_kinds": one.visit_kinds,
        "online_url": one.online_url,
        "languages": LANGUAGES,
        "organisations": sorted({centre.organisation for centre, _ in snapshot.queues(one.code)}),
    }


def whole_service(one: Service, snapshot: Snapshot, language: str) -> View:
    """With the instruction: what to do, step by step, and what to bring."""
    documents = [{"name": document.name[language], "url": document.url} for document in one.documents]
    steps = [step[language] for step in one.steps]
    return {**service(one, snapshot, language), "steps": steps, "documents": documents}


def centre(one: Centre, snapshot: Snapshot, language: str) -> View:
    """As it stands in lists and on the map."""
    point = one.information_point
    return {
        "id": one.id,
        "organisation": one.organisation,
        "name": one.name[language],
        "region": {"code": one.region_code, "name": one.region_name[language]},
        "territory": one.territory,
        "address": one.address[language],
        "position": {"latitude": one.latitude, "longitude": one.longitude},
        "time_zone": one.time_zone,
        "languages": one.languages,
        "shelter": one.shelter,
        "information_point": point and {"languages": point.languages, "hours": point.hours[language]},
        "services": [code for code in one.services if snapshot.services[code].active],
    }


def whole_centre(one: Centre, snapshot: Snapshot, language: str, *, today: date) -> View:
    """With desks, queues, weekly hours, and the exceptions to them from today on."""
    days = zip(WEEKDAYS, one.hours, strict=True)
    return {
        **centre(one, snapshot, language),
        "hours": {weekday: intervals(hours) for weekday, hours in days if hours},
        "calendar": [day(exception, language) for exception in calendar(one, snapshot) if exception.date >= today],
        "desks": [
            {"id": desk.id, "number": desk.number, "services": desk.services} for desk in one.desks if desk.active
        ],
        "queues": [
            {
                "id": queue.id,
                "code": queue.code,
                "services": queue.services,
                "slot_minutes": queue.slot_minutes,
                "capacity": queue.capacity,
            }
            for queue in one.queues
            if queue.active
        ],
    }


def calendar(one: Centre, snapshot: Snapshot) -> Iterable[CalendarDay]:
    """The organisation's exceptions and the centre's own, which go before them."""
    days = {day.date: day for day in (*snapshot.organisation_of(one).calendar, *one.calendar)}
    return [days[key] for key in sorted(days)]


def day(one: CalendarDay, language: str) -> View:
    return {
        "date": one.date.isoformat(),
        "closed": not one.hours,
        "hours": intervals(one.hours),
        "reason": in_language(one.reason, language),
    }


def in_language(text: Words | None, language: str) -> str | None:
    return text[language] if text else None


def intervals(hours: Intervals) -> list[list[str]]:
    """`[[540, 1020]]` → `[["09:00", "17:00"]]`."""
    return [[clock_time(start), clock_time(end)] for start, end in hours]


def clock_time(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
