"""What the parts of the catalogue have to do with each other. Every flaw names the field where it is.

Pure; the shape of each part (formats, ranges) has been checked by `services.contracts.catalogue` before.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import available_timezones

from booking_svc.catalogue.domain import WEEKDAYS, CalendarDay, Centre, Desk, Intervals, Member, Queue, Snapshot
from booking_svc.catalogue.drafts import Draft
from services.contracts.catalogue import Policy

SLOT_STEP_MINUTES = 5


class Flaw(NamedTuple):
    """`field` as in `centres[3].queues[0].capacity`. The reason never repeats the value."""

    field: str
    reason: str


class Known(NamedTuple):
    """Everything that may be referred to: what is there already and what the draft brings."""

    organisations: Collection[str]
    services: Collection[str]
    centres: dict[str, Centre]


def flaws(draft: Draft, current: Snapshot, policies: Sequence[Policy] = ()) -> list[Flaw]:
    """Everything that is wrong with the draft, in the order in which it was written."""
    known = Known(
        {*current.organisations, *(part.code for part in draft.organisations)},
        {*current.services, *(part.code for part in draft.services)},
        {**current.centres, **{part.id: part for part in draft.centres}},
    )
    return [
        *organisation_flaws(draft),
        *twice("services", "code", (service.code for service in draft.services)),
        *twice("centres", "id", (centre.id for centre in draft.centres)),
        *(flaw for at, centre in enumerate(draft.centres) for flaw in centre_flaws(f"centres[{at}]", centre, known)),
        *day_flaws(draft, known),
        *twice("staff", "id", (member.id for member in draft.staff)),
        *(flaw for at, member in enumerate(draft.staff) for flaw in member_flaws(f"staff[{at}]", member, known)),
        *policy_flaws(policies, known),
    ]


def organisation_flaws(draft: Draft) -> Iterator[Flaw]:
    yield from twice("organisations", "code", (part.code for part in draft.organisations))
    for at, organisation in enumerate(draft.organisations):
        yield from zone_flaws(f"organisations[{at}].time_zone", organisation.time_zone)


def day_flaws(draft: Draft, known: Known) -> Iterator[Flaw]:
    yield from twice("calendar", "date", ((code, day.date) for code, day in draft.days))
    for at, (code, day) in enumerate(draft.days):
        yield from unknown(f"calendar[{at}].organisation", code, known.organisations)
        yield from interval_flaws(f"calendar[{at}].hours", day.hours)


def centre_flaws(path: str, centre: Centre, known: Known) -> Iterator[Flaw]:
    yield from unknown(f"{path}.organisation", centre.organisation, known.organisations)
    yield from zone_flaws(f"{path}.time_zone", centre.time_zone)
    for weekday, intervals in zip(WEEKDAYS, centre.hours, strict=True):
        yield from interval_flaws(f"{path}.hours.{weekday}", intervals)
    yield from calendar_flaws(path, centre.calendar)
    yield from twice(f"{path}.desks", "number", (desk.number for desk in centre.desks))
    yield from twice(f"{path}.queues", "code", (queue.code for queue in centre.queues))
    yield from id_flaws(f"{path}.queues", centre, known)
    yield from service_flaws(path, centre, known)
    yield from capacity_flaws(f"{path}.queues", centre)
    for at, queue in enumerate(centre.queues):
        yield from slot_flaws(f"{path}.queues[{at}].slot_minutes", queue, centre)


def calendar_flaws(path: str, days: Sequence[CalendarDay]) -> Iterator[Flaw]:
    yield from twice(f"{path}.calendar", "date", (day.date for day in days))
    for at, day in enumerate(days):
        yield from interval_flaws(f"{path}.calendar[{at}].hours", day.hours)


def interval_flaws(path: str, intervals: Intervals) -> Iterator[Flaw]:
    """Each interval ends after it begins and begins after the one before it has ended."""
    free_from = 0
    for at, (start, end) in enumerate(intervals):
        if end <= start:
            yield Flaw(f"{path}[{at}]", "must end after it begins")
        elif start < free_from:
            yield Flaw(f"{path}[{at}]", "overlaps the interval before it, or is not in order")
        free_from = max(free_from, end)


def id_flaws(path: str, centre: Centre, known: Known) -> Iterator[Flaw]:
    """Queue `b-c` of centre `a` and queue `c` of centre `a-b` would have the same id."""
    for at, queue in enumerate(centre.queues):
        prefixes = {queue.id[:end] for end, letter in enumerate(queue.id) if letter == "-"} - {centre.id}
        others = [known.centres[prefix] for prefix in prefixes if prefix in known.centres]
        if any(queue.id == taken.id for other in others for taken in other.queues):
            yield Flaw(f"{path}[{at}].code", "makes the id of another centre's queue")


def service_flaws(path: str, centre: Centre, known: Known) -> Iterator[Flaw]:
    """Every service exists, and belongs to one queue of the centre only (design.md §3)."""
    lists = [(f"{path}.desks[{at}].services", desk.services) for at, desk in enumerate(centre.desks)]
    queues = [(f"{path}.queues[{at}].services", queue.services) for at, queue in enumerate(centre.queues)]
    for place, services in (*lists, *queues):
        for at, service in enumerate(services):
            yield from unknown(f"{place}[{at}]", service, known.services)
    for place, services in lists:
        yield from repeated(place, services, "is named twice")
    owned: set[str] = set()
    for place, services in queues:
        for at, service in enumerate(services):
            if service in owned:
                yield Flaw(f"{place}[{at}]", "already belongs to a queue of this centre")
            owned.add(service)


def capacity_flaws(path: str, centre: Centre) -> Iterator[Flaw]:
    """Never more visitors at one time than desks: per queue, over all queues, and where queues share desks."""
    sound = True
    for at, queue in enumerate(centre.queues):
        if queue.capacity > (able := len(desks_of(queue, centre.desks))):
            sound = False
            yield Flaw(f"{path}[{at}].capacity", f"only {able} desks here give all services of this queue")
    total = sum(queue.capacity for queue in centre.queues)
    if sound and total > len(centre.desks):
        yield Flaw(path, f"{total} places at one time on {len(centre.desks)} desks")
    elif sound and (short := crowded(centre)) is not None:
        yield Flaw(f"{path}[{short}].capacity", "the desks of this queue are needed by other queues as well")


def desks_of(queue: Queue, desks: Iterable[Desk]) -> list[int]:
    """The numbers of the desks that give every service of the queue."""
    return [desk.number for desk in desks if set(queue.services) <= set(desk.services)]


def crowded(centre: Centre) -> int | None:
    """The first queue whose places find no desk of their own once the queues before it have theirs.

    A matching of places to desks by augmenting paths: if there is none, some visitors would have no desk.
    """
    holder: dict[int, int] = {}
    able = [desks_of(queue, centre.desks) for queue in centre.queues]

    def seat(queue: int, tried: set[int]) -> bool:
        for desk in able[queue]:
            if desk not in tried:
                tried.add(desk)
                if desk not in holder or seat(holder[desk], tried):
                    holder[desk] = queue
                    return True
        return False

    for at, queue in enumerate(centre.queues):
        if not all(seat(at, set()) for _ in range(queue.capacity)):
            return at
    return None


def slot_flaws(path: str, queue: Queue, centre: Centre) -> Iterator[Flaw]:
    """Slots are whole steps of five minutes, and at least one fits into each of the weekly intervals."""
    if queue.slot_minutes % SLOT_STEP_MINUTES:
        yield Flaw(path, f"must be a multiple of {SLOT_STEP_MINUTES}")
    lengths = [end - start for intervals in centre.hours for start, end in intervals if end > start]
    if lengths and queue.slot_minutes > min(lengths):
        yield Flaw(path, "is longer than the shortest opening of the centre")


def member_flaws(path: str, member: Member, known: Known) -> Iterator[Flaw]:
    yield from unknown(f"{path}.organisation", member.organisation, known.organisations)
    centre = known.centres.get(member.centre) if member.centre else None
    if member.centre and (centre is None or centre.organisation != member.organisation):
        yield Flaw(f"{path}.centre", "is no centre of this organisation")
    if member.desk and (centre is None or member.desk not in {desk.id for desk in centre.desks}):
        yield Flaw(f"{path}.desk", "is no desk of this centre")


def policy_flaws(policies: Sequence[Policy], known: Known) -> Iterator[Flaw]:
    keys = ((policy.organisation, policy.applicant, policy.channel, policy.valid_from) for policy in policies)
    yield from twice("policies", "valid_from", keys)
    for at, policy in enumerate(policies):
        yield from unknown(f"policies[{at}].organisation", policy.organisation, known.organisations)
        if policy.valid_to is not None and policy.valid_to < policy.valid_from:
            yield Flaw(f"policies[{at}].valid_to", "is before valid_from")
        if policy.no_show_limit and (policy.applicant, policy.channel) != ("individual", "online"):
            yield Flaw(f"policies[{at}].no_show_limit", "only for individuals who book online")


def zone_flaws(path: str, name: str) -> Iterator[Flaw]:
    if name not in zone_names():
        yield Flaw(path, "is no IANA time zone")


@lru_cache
def zone_names() -> set[str]:
    return available_timezones()


def unknown(path: str, name: str, known: Collection[str]) -> Iterator[Flaw]:
    if name not in known:
        yield Flaw(path, "is not known here")


def repeated(path: str, keys: Iterable[Hashable], reason: str) -> Iterator[Flaw]:
    seen: set[Hashable] = set()
    for at, key in enumerate(keys):
        if key in seen:
            yield Flaw(f"{path}[{at}]", reason)
        seen.add(key)


def twice(path: str, name: str, keys: Iterable[Hashable]) -> Iterator[Flaw]:
    """Flaws for every part that names a key which stood before it."""
    return (Flaw(f"{flaw.field}.{name}", flaw.reason) for flaw in repeated(path, keys, "is there twice"))
