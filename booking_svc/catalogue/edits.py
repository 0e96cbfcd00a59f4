"""One part written through the admin API, as a draft of the catalogue. Pure: from a snapshot and a body."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from typing import TypeVar

from booking_svc.catalogue import convert
from booking_svc.catalogue.domain import CalendarDay, Centre, Desk, Organisation, Queue, Service, Snapshot
from booking_svc.catalogue.drafts import Draft, editable, with_day, with_desk, with_queue
from booking_svc.catalogue.schemas import DeskPut, QueuePut
from services.contracts.catalogue import CentreFields, DayEntry, OrganisationFields, ServiceFields
from services.errors import InvalidRequest, NotFound


@dataclass(frozen=True)
class Edit:
    """`known`: the part is there already. `at`: where it stands in the draft, e.g. `centres[0].desks[3]`."""

    draft: Draft
    known: bool
    at: str


Part = TypeVar("Part")
QUEUE_CODE = re.compile(r"[a-z](?:-?[a-z0-9]){0,31}")
Build = Callable[[Snapshot], Edit]
"""Made of what stands in the database once the catalogue is locked. Raises `NotFound`, `InvalidRequest`."""


def put_organisation(snapshot: Snapshot, code: str, entry: OrganisationFields) -> Edit:
    part = convert.organisation(code, entry, snapshot)
    return Edit(Draft(organisations=(part,)), is_on(snapshot.organisations.get(code)), "organisations[0]")


def remove_organisation(snapshot: Snapshot, code: str) -> Edit:
    part = replace(found(snapshot.organisations.get(code)), active=False)
    return Edit(Draft(organisations=(part,)), True, "organisations[0]")


def put_service(snapshot: Snapshot, code: str, entry: ServiceFields) -> Edit:
    return Edit(Draft(services=(convert.service(code, entry),)), is_on(snapshot.services.get(code)), "services[0]")


def remove_service(snapshot: Snapshot, code: str) -> Edit:
    part = replace(found(snapshot.services.get(code)), active=False)
    return Edit(Draft(services=(part,)), True, "services[0]")


def put_centre(snapshot: Snapshot, key: str, entry: CentreFields) -> Edit:
    return centre_edit(convert.centre(key, entry, snapshot), known=is_on(snapshot.centres.get(key)))


def remove_centre(snapshot: Snapshot, key: str) -> Edit:
    return centre_edit(replace(centre_of(snapshot, key), active=False))


def put_desk(snapshot: Snapshot, key: str, entry: DeskPut) -> Edit:
    centre = owner(snapshot, key, entry.centre)
    suffix = key.removeprefix(f"{centre.id}-")
    if not suffix.isdecimal() or not 1 <= int(suffix) <= 9999 or str(int(suffix)) != suffix:
        raise InvalidRequest.field("id", "must be the centre's id, a hyphen and the number of the desk")
    same("number", entry.number, int(suffix))
    after = with_desk(centre, Desk(key, int(suffix), tuple(entry.services)))
    known = any(desk.id == key for desk in centre.desks)
    return centre_edit(after, known=known, at=f"centres[0].desks[{len(after.desks) - 1}]")


def remove_desk(snapshot: Snapshot, key: str) -> Edit:
    centre = owner(snapshot, key)
    found(next((desk for desk in snapshot.centres[centre.id].desks if desk.id == key), None))
    return centre_edit(replace(centre, desks=tuple(desk for desk in centre.desks if desk.id != key)))


def put_queue(snapshot: Snapshot, key: str, entry: QueuePut) -> Edit:
    centre = owner(snapshot, key, entry.centre)
    code = key.removeprefix(f"{centre.id}-")
    if not QUEUE_CODE.fullmatch(code):
        raise InvalidRequest.field("id", "must be the centre's id, a hyphen and the code of the queue")
    same("code", entry.code, code)
    part = Queue(key, centre.id, code, tuple(entry.services), entry.slot_minutes, entry.capacity)
    after = with_queue(centre, part)
    known = any(queue.id == key for queue in centre.queues)
    return centre_edit(after, known=known, at=f"centres[0].queues[{len(after.queues) - 1}]")


def remove_queue(snapshot: Snapshot, key: str) -> Edit:
    centre = owner(snapshot, key)
    found(next((queue for queue in snapshot.centres[centre.id].queues if queue.id == key), None))
    return centre_edit(replace(centre, queues=tuple(queue for queue in centre.queues if queue.id != key)))


def put_centre_day(snapshot: Snapshot, key: str, day: date, entry: DayEntry) -> Edit:
    centre = centre_of(snapshot, key)
    after = replace(centre, calendar=with_day(centre.calendar, convert.day(day, entry)))
    at = next(place for place, one in enumerate(after.calendar) if one.date == day)
    return centre_edit(after, known=has(centre.calendar, day), at=f"centres[0].calendar[{at}]")


def remove_centre_day(snapshot: Snapshot, key: str, day: date) -> Edit:
    centre = centre_of(snapshot, key)
    return centre_edit(replace(centre, calendar=without(centre.calendar, day)))


def put_organisation_day(snapshot: Snapshot, code: str, day: date, entry: DayEntry) -> Edit:
    known = has(found(snapshot.organisations.get(code)).calendar, day)
    return Edit(Draft(days=((code, convert.day(day, entry)),)), known, "calendar[0]")


def remove_organisation_day(snapshot: Snapshot, code: str, day: date) -> Edit:
    organisation = found(snapshot.organisations.get(code))
    part = replace(organisation, calendar=without(organisation.calendar, day))
    return Edit(Draft(organisations=(part,)), True, "organisations[0]")


def is_on(part: Organisation | Service | Centre | None) -> bool:
    return part is not None and part.active


def centre_edit(centre: Centre, *, known: bool = True, at: str = "centres[0]") -> Edit:
    return Edit(Draft(centres=(centre,)), known, at)


def centre_of(snapshot: Snapshot, key: str) -> Centre:
    return editable(found(snapshot.centres.get(key)))


def owner(snapshot: Snapshot, key: str, named: str | None = None) -> Centre:
    """The centre whose id begins the key: the one that the body names, else the longest that is known."""
    prefixes = [key[:end] for end, letter in enumerate(key) if letter == "-"]
    if named is not None and named not in prefixes:
        raise InvalidRequest.field("centre", "differs from the address")
    known = [prefix for prefix in prefixes if prefix in snapshot.centres and named in (None, prefix)]
    return centre_of(snapshot, known[-1] if known else "")


def same(field: str, given: object, in_address: object) -> None:
    if given is not None and given != in_address:
        raise InvalidRequest.field(field, "differs from the address")


def has(days: tuple[CalendarDay, ...], day: date) -> bool:
    return any(known.date == day for known in days)


def without(days: tuple[CalendarDay, ...], day: date) -> tuple[CalendarDay, ...]:
    if not has(days, day):
        raise NotFound
    return tuple(known for known in days if known.date != day)


def found(part: Part | None) -> Part:
    if part is None:
        raise NotFound
    return part
