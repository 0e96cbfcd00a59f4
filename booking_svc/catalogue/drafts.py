"""What somebody wants to change, and the catalogue that comes of it. Pure: values in, values out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from booking_svc.catalogue.domain import CalendarDay, Centre, Desk, Member, Organisation, Queue, Service, Snapshot

Part = TypeVar("Part")
Keyed = Mapping[Any, object]


@dataclass(frozen=True)
class Draft:
    """Parts to be created or replaced, in the order in which they were written, so that a flaw can be pointed at.

    A centre's lists of desks and queues are whole: one that is missing is to be switched off.
    `days` are exceptions for whole organisations.
    """

    organisations: tuple[Organisation, ...] = ()
    services: tuple[Service, ...] = ()
    centres: tuple[Centre, ...] = ()
    days: tuple[tuple[str, CalendarDay], ...] = ()
    staff: tuple[Member, ...] = ()


@dataclass
class Count:
    """How many parts of a kind an import created, updated, and found as they should be."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0


@dataclass(frozen=True)
class Changes:
    """What differs from the catalogue as it was: this is stored. `after` is the whole catalogue then."""

    before: Snapshot
    after: Snapshot
    organisations: tuple[Organisation, ...]
    services: tuple[Service, ...]
    centres: tuple[Centre, ...]
    staff: tuple[Member, ...] = ()
    counts: Mapping[str, Count] = field(default_factory=dict)


def editable(centre: Centre) -> Centre:
    """The centre as one would write it down now: only desks and queues that are switched on."""
    return replace(
        centre,
        desks=tuple(desk for desk in centre.desks if desk.active),
        queues=tuple(queue for queue in centre.queues if queue.active),
    )


def with_day(days: Iterable[CalendarDay], day: CalendarDay) -> tuple[CalendarDay, ...]:
    """The calendar with this day in place of the one of the same date, in order."""
    return in_order({**{known.date: known for known in days}, day.date: day})


def with_desk(centre: Centre, desk: Desk) -> Centre:
    return replace(centre, desks=(*(known for known in centre.desks if known.id != desk.id), desk))


def with_queue(centre: Centre, queue: Queue) -> Centre:
    return replace(centre, queues=(*(known for known in centre.queues if known.id != queue.id), queue))


def compare(before: Snapshot, draft: Draft, staff: Mapping[str, Member] | None = None) -> Changes:
    """What the draft would change; `staff` are the members that the draft names, as they are known."""
    after = merged(before, draft)
    return Changes(
        before,
        after,
        organisations=changed(before.organisations, after.organisations),
        services=changed(before.services, after.services),
        centres=changed(before.centres, after.centres),
        staff=tuple(member for member in draft.staff if (staff or {}).get(member.id) != member),
        counts=counts(before, after, draft, staff or {}),
    )


def merged(before: Snapshot, draft: Draft) -> Snapshot:
    """The catalogue with the draft's parts created or replaced, everything in its canonical order."""
    organisations = {**before.organisations, **{part.code: part for part in draft.organisations}}
    for code, day in draft.days:
        known = organisations[code]
        organisations[code] = replace(known, calendar=with_day(known.calendar, day))
    centres = {part.id: settled(part, before.centres.get(part.id)) for part in draft.centres}
    services = {part.code: part for part in draft.services}
    return Snapshot(organisations, {**before.services, **services}, {**before.centres, **centres})


def settled(centre: Centre, before: Centre | None) -> Centre:
    """The centre in canonical order, with what is missing from its lists switched off and kept."""
    desks = {desk.id: replace(desk, active=False) for desk in (before.desks if before else ())}
    queues = {queue.id: replace(queue, active=False, services=()) for queue in (before.queues if before else ())}
    desks.update({desk.id: desk for desk in centre.desks})
    queues.update({queue.id: queue for queue in centre.queues})
    return replace(
        centre,
        calendar=in_order({day.date: day for day in centre.calendar}),
        desks=tuple(sorted(desks.values(), key=lambda desk: desk.number)),
        queues=tuple(sorted(queues.values(), key=lambda queue: queue.code)),
    )


def in_order(days: Mapping[object, CalendarDay]) -> tuple[CalendarDay, ...]:
    return tuple(sorted(days.values(), key=lambda day: day.date))


def changed(before: Mapping[str, Part], after: Mapping[str, Part]) -> tuple[Part, ...]:
    return tuple(part for key, part in after.items() if before.get(key) is not part and before.get(key) != part)


def counts(before: Snapshot, after: Snapshot, draft: Draft, staff: Mapping[str, Member]) -> dict[str, Count]:
    """Per kind of part that the draft names; desks and queues count with their centres as well."""
    old, new = parts(before), parts(after)
    old["staff"], new["staff"] = staff, {member.id: member for member in draft.staff}
    named = names(draft)
    return {kind: count(old[kind], new[kind], named[kind]) for kind in named}


def parts(catalogue: Snapshot) -> dict[str, Keyed]:
    centres = catalogue.centres.values()
    return {
        "organisations": {
            organisation.code: replace(organisation, calendar=()) for organisation in catalogue.organisations.values()
        },
        "services": dict(catalogue.services),
        "centres": {centre.id: replace(centre, desks=(), queues=()) for centre in centres},
        "desks": {desk.id: desk for centre in centres for desk in centre.desks},
        "queues": {queue.id: queue for centre in centres for queue in centre.queues},
        "calendar": {
            (organisation.code, day.date): day
            for organisation in catalogue.organisations.values()
            for day in organisation.calendar
        },
    }


def names(draft: Draft) -> dict[str, list[object]]:
    """The keys of what the draft names, per kind."""
    return {
        "organisations": [organisation.code for organisation in draft.organisations],
        "services": [service.code for service in draft.services],
        "centres": [centre.id for centre in draft.centres],
        "desks": [desk.id for centre in draft.centres for desk in centre.desks],
        "queues": [queue.id for centre in draft.centres for queue in centre.queues],
        "calendar": [(code, day.date) for code, day in draft.days],
        "staff": [member.id for member in draft.staff],
    }


def count(old: Keyed, new: Keyed, named: Iterable[object]) -> Count:
    result = Count()
    for key in named:
        if key not in old:
            result.created += 1
        elif old[key] == new[key]:
            result.unchanged += 1
        else:
            result.updated += 1
    return result
