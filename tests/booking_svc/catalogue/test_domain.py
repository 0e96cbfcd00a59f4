"""The rules of the catalogue: hours and exceptions, drafts, flaws, and who may change what."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time
from typing import Any

import pytest

from booking_svc.catalogue import convert
from booking_svc.catalogue.domain import CalendarDay, Snapshot, hours_on
from booking_svc.catalogue.drafts import Changes, Draft, compare, editable
from booking_svc.catalogue.validation import flaws
from services.contracts.catalogue import ImportDocument

TUESDAY, SATURDAY = date(2026, 11, 24), date(2026, 11, 28)
NINE_TO_NOON = ((540, 720),)
EMPTY = Snapshot()


def draft(document: dict[str, Any], before: Snapshot = EMPTY) -> Draft:
    return convert.draft(ImportDocument.model_validate(document), before)


def loaded(document: dict[str, Any], before: Snapshot = EMPTY) -> Changes:
    return compare(before, draft(document, before))


@pytest.fixture
def known(city: dict[str, Any]) -> Snapshot:
    return loaded(city).after


# Hours


def test_hours_are_those_of_the_weekday(known: Snapshot) -> None:
    """Nine to noon on a Tuesday, closed on a Saturday."""
    centre = known.centres["lutsk-main"]
    organisation = known.organisation_of(centre)
    assert hours_on(TUESDAY, centre, organisation) == NINE_TO_NOON
    assert hours_on(SATURDAY, centre, organisation) == ()


def test_an_exception_goes_before_the_week_and_the_centre_before_its_organisation(known: Snapshot) -> None:
    """A holiday closes; the centre that works on it says so itself."""
    centre, organisation = known.centres["lutsk-main"], known.organisations["lutsk"]
    holiday = replace(organisation, calendar=(CalendarDay(TUESDAY),))
    working = replace(centre, calendar=(CalendarDay(TUESDAY, ((600, 660),)),))
    assert hours_on(TUESDAY, centre, holiday) == ()
    assert hours_on(TUESDAY, working, holiday) == ((600, 660),)


# Look-ups


def test_a_service_has_one_queue_in_a_centre(known: Snapshot) -> None:
    """Passport and permit wait together, photographs apart, and nothing else is given."""
    found = [known.queue("lutsk-main", code) for code in ("passport", "permit", "photo", "nothing")]
    assert [queue.id if queue else None for queue in found] == [
        "lutsk-main-papers",
        "lutsk-main-papers",
        "lutsk-main-photo",
        None,
    ]


@pytest.mark.parametrize("what", ["organisation", "centre", "service", "queue"])
def test_nothing_is_booked_where_anything_is_switched_off(known: Snapshot, what: str) -> None:
    """One switch is enough."""
    centre = known.centres["lutsk-main"]
    queues = tuple(replace(queue, active=what != "queue") for queue in centre.queues)
    after = Snapshot(
        {"lutsk": replace(known.organisations["lutsk"], active=what != "organisation")},
        {"photo": replace(known.services["photo"], active=what != "service")},
        {centre.id: replace(centre, active=what != "centre", queues=queues)},
    )
    assert known.queue("lutsk-main", "photo") is not None
    assert after.queue("lutsk-main", "photo") is None


# Drafts


def test_a_document_becomes_values(known: Snapshot) -> None:
    """With the defaults of domain.md: 21 days, 06:00, five minutes; ids made of the centre's."""
    organisation, centre = known.organisations["lutsk"], known.centres["lutsk-main"]
    assert (organisation.window_days, organisation.opens_at, organisation.hold_minutes) == (21, time(6), 5)
    assert [desk.id for desk in centre.desks] == ["lutsk-main-1", "lutsk-main-2", "lutsk-main-3"]
    assert [queue.id for queue in centre.queues] == ["lutsk-main-papers", "lutsk-main-photo"]
    assert centre.hours[0] == NINE_TO_NOON
    assert centre.zone.key == "Europe/Kyiv"


def test_the_same_document_again_changes_nothing(city: dict[str, Any], known: Snapshot) -> None:
    """And says so, kind by kind."""
    again = loaded(city, known)
    assert (again.organisations, again.services, again.centres) == ((), (), ())
    assert {kind: count.unchanged for kind, count in again.counts.items()} == {
        "organisations": 2,
        "services": 3,
        "centres": 2,
        "desks": 6,
        "queues": 4,
        "calendar": 0,
        "staff": 0,
    }


def test_the_order_of_a_list_does_not_matter(city: dict[str, Any], known: Snapshot) -> None:
    """Desks stand by their numbers, queues by their codes, days by their dates."""
    for centre in city["centres"]:
        centre["desks"].reverse()
        centre["queues"].reverse()
    assert loaded(city, known).centres == ()


def test_what_changed_is_counted_where_it_changed(city: dict[str, Any], known: Snapshot) -> None:
    """One desk: the desk is updated, its centre is not."""
    city["centres"][0]["desks"][2]["services"] = ["photo", "permit"]
    changes = loaded(city, known)
    assert [centre.id for centre in changes.centres] == ["lutsk-main"]
    assert (changes.counts["desks"].updated, changes.counts["centres"].updated) == (1, 0)


def test_what_a_document_does_not_name_stays(known: Snapshot) -> None:
    """An empty document is no order to delete."""
    assert loaded({}, known).after == known


def test_a_desk_that_is_missing_from_the_list_is_switched_off(city: dict[str, Any], known: Snapshot) -> None:
    """Not deleted: its past visits name it. Named again it is back."""
    city["centres"][0]["desks"].pop(1)
    city["centres"][0]["queues"][0]["capacity"] = 1
    after = loaded(city, known).after
    assert [desk.active for desk in after.centres["lutsk-main"].desks] == [True, False, True]
    assert [desk.number for desk in editable(after.centres["lutsk-main"]).desks] == [1, 3]


def test_a_queue_that_is_missing_gives_its_services_free(city: dict[str, Any], known: Snapshot) -> None:
    """They may belong to another queue now."""
    city["centres"][0]["queues"] = [
        {"code": "all", "services": ["passport", "permit"], "slot_minutes": 20, "capacity": 2}
    ]
    assert flaws(draft(city, known), known) == []
    after = loaded(city, known).after
    assert [(queue.code, queue.active, queue.services) for queue in after.centres["lutsk-main"].queues] == [
        ("all", True, ("passport", "permit")),
        ("papers", False, ()),
        ("photo", False, ()),
    ]


def test_lists_that_are_left_out_stay(city: dict[str, Any], known: Snapshot) -> None:
    """A centre may be renamed without repeating its desks."""
    for name in ("desks", "queues"):
        del city["centres"][0][name]
    city["centres"][0]["shelter"] = True
    after = loaded(city, known).after.centres["lutsk-main"]
    assert after == replace(known.centres["lutsk-main"], shelter=True)


def test_days_of_an_organisation_are_added_to_those_it_has(known: Snapshot) -> None:
    """One more holiday leaves the others; the same date again is replaced."""
    first = loaded({"calendar": [{"organisation": "lutsk", "date": "2026-12-25", "closed": True}]}, known)
    second = loaded(
        {
            "calendar": [
                {"organisation": "lutsk", "date": "2026-12-24", "hours": [["09:00", "10:00"]]},
                {"organisation": "lutsk", "date": "2026-12-25", "hours": [["10:00", "11:00"]]},
            ]
        },
        first.after,
    )
    assert [(day.date.day, day.hours) for day in second.after.organisations["lutsk"].calendar] == [
        (24, ((540, 600),)),
        (25, ((600, 660),)),
    ]
    assert (second.counts["calendar"].created, second.counts["calendar"].updated) == (1, 1)
