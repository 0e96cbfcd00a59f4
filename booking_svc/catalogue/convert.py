"""From the import document's parts to the catalogue's values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from datetime import time
from typing import get_args

from booking_svc.catalogue import domain
from booking_svc.catalogue.domain import Intervals, Snapshot
from booking_svc.catalogue.drafts import Draft, editable
from services.contracts.catalogue import (
    CalendarEntry,
    CentreFields,
    DayEntry,
    DeskEntry,
    Hours,
    ImportDocument,
    NeededDocument,
    OrganisationFields,
    QueueEntry,
    ServiceFields,
    StaffEntry,
    Text,
    Weekday,
)
from services.contracts.catalogue import InformationPoint as InformationPointEntry


def draft(document: ImportDocument, current: Snapshot) -> Draft:
    """The whole document; lists that a centre leaves out stay as they are."""
    return Draft(
        organisations=tuple(organisation(entry.code, entry, current) for entry in document.organisations),
        services=tuple(service(entry.code, entry) for entry in document.services),
        centres=tuple(centre(entry.id, entry, current) for entry in document.centres),
        days=tuple((entry.organisation, day(entry.date, entry)) for entry in document.calendar),
        staff=tuple(member(entry) for entry in document.staff),
    )


def organisation(code: str, entry: OrganisationFields, current: Snapshot) -> domain.Organisation:
    known = current.organisations.get(code)
    return domain.Organisation(
        code=code,
        name=words(entry.name),
        time_zone=entry.time_zone,
        window_days=entry.window_days,
        opens_at=time.fromisoformat(entry.opens_at),
        hold_minutes=entry.hold_minutes,
        grace_minutes=entry.grace_minutes,
        calls_to_miss=entry.calls_to_miss,
        quiet_from=time.fromisoformat(entry.quiet_from),
        quiet_until=time.fromisoformat(entry.quiet_until),
        release_policy=entry.release_policy,
        retention_days=entry.retention_days,
        calendar=known.calendar if known else (),
    )


def service(code: str, entry: ServiceFields) -> domain.Service:
    return domain.Service(
        code=code,
        name=words(entry.name),
        duration_minutes=entry.duration_minutes,
        steps=tuple(words(step) for step in entry.steps),
        documents=tuple(needed(document) for document in entry.documents),
        online_url=entry.online_url,
        open_to_foreigners=entry.open_to_foreigners,
        cooldown_days=entry.cooldown_days,
        visit_kinds=tuple(entry.visit_kinds),
    )


def needed(document: NeededDocument) -> domain.NeededDocument:
    return domain.NeededDocument(words(document.name), document.url)


def centre(key: str, entry: CentreFields, current: Snapshot) -> domain.Centre:
    known = current.centres.get(key)
    kept = editable(known) if known else None
    return domain.Centre(
        id=key,
        organisation=entry.organisation,
        name=words(entry.name),
        region_code=entry.region.code,
        region_name=words(entry.region.name),
        territory=entry.territory,
        address=words(entry.address),
        latitude=entry.latitude,
        longitude=entry.longitude,
        time_zone=entry.time_zone,
        hours=week(entry.hours),
        languages=tuple(entry.languages),
        shelter=entry.shelter,
        information_point=information_point(entry.information_point),
        calendar=listed(entry.calendar, kept.calendar if kept else ()),
        desks=kept.desks if kept and entry.desks is None else tuple(desk(key, one) for one in entry.desks or ()),
        queues=kept.queues if kept and entry.queues is None else tuple(queue(key, one) for one in entry.queues or ()),
    )


def listed(
    entries: Sequence[CalendarEntry] | None, known: tuple[domain.CalendarDay, ...]
) -> tuple[domain.CalendarDay, ...]:
    return known if entries is None else tuple(day(entry.date, entry) for entry in entries)


def information_point(entry: InformationPointEntry | None) -> domain.InformationPoint | None:
    return domain.InformationPoint(tuple(entry.languages), words(entry.hours)) if entry else None


def desk(centre: str, entry: DeskEntry) -> domain.Desk:
    return domain.Desk(f"{centre}-{entry.number}", entry.number, tuple(entry.services))


def queue(centre: str, entry: QueueEntry) -> domain.Queue:
    return domain.Queue(
        id=f"{centre}-{entry.code}",
        centre=centre,
        code=entry.code,
        services=tuple(entry.services),
        slot_minutes=entry.slot_minutes,
        capacity=entry.capacity,
    )


def day(date: dt.date, entry: DayEntry) -> domain.CalendarDay:
    return domain.CalendarDay(date, intervals(entry.hours or ()), words(entry.reason) if entry.reason else None)


def member(entry: StaffEntry) -> domain.Member:
    return domain.Member(entry.id, entry.organisation, entry.role, entry.name, entry.centre, entry.desk)


def words(text: Text) -> domain.Text:
    return text.model_dump()


def week(hours: Hours) -> tuple[Intervals, ...]:
    """Seven days, Monday first; a day that is not named is closed."""
    return tuple(intervals(hours.get(weekday, ())) for weekday in get_args(Weekday))


def intervals(pairs: Sequence[tuple[str, str]]) -> Intervals:
    return tuple((minutes(start), minutes(end)) for start, end in pairs)


def minutes(clock_time: str) -> int:
    """`09:20` → 560 minutes after midnight."""
    hours, rest = clock_time.split(":")
    return int(hours) * 60 + int(rest)
