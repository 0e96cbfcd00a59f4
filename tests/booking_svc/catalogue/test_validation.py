"""Everything that can be wrong with a document, and where it is said to be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from booking_svc.catalogue import convert
from booking_svc.catalogue.domain import Centre, Desk, Queue, Snapshot
from booking_svc.catalogue.drafts import Draft, compare
from booking_svc.catalogue.validation import capacity_flaws, flaws
from services.contracts.catalogue import ImportDocument

EMPTY = Snapshot()


def draft(document: dict[str, Any], before: Snapshot = EMPTY) -> Draft:
    return convert.draft(ImportDocument.model_validate(document), before)


@pytest.fixture
def known(city: dict[str, Any]) -> Snapshot:
    return compare(EMPTY, draft(city)).after


Damage = Callable[[dict[str, Any]], Any]


def lutsk(document: dict[str, Any]) -> Any:
    return document["centres"][0]


@pytest.mark.parametrize(
    ("damage", "field"),
    [
        (lambda city: city["organisations"].append(city["organisations"][0]), "organisations[2].code"),
        (lambda city: city["organisations"][1].update(time_zone="Europe/Lutsk"), "organisations[1].time_zone"),
        (lambda city: city["services"].append(city["services"][0]), "services[3].code"),
        (lambda city: city["centres"].append(city["centres"][0]), "centres[2].id"),
        (lambda city: lutsk(city).update(organisation="nobody"), "centres[0].organisation"),
        (lambda city: lutsk(city).update(time_zone="Mars/Base"), "centres[0].time_zone"),
        (lambda city: lutsk(city)["hours"].update(tue=[["12:00", "09:00"]]), "centres[0].hours.tue[0]"),
        (
            lambda city: lutsk(city)["hours"].update(tue=[["09:00", "12:00"], ["11:00", "13:00"]]),
            "centres[0].hours.tue[1]",
        ),
        (
            lambda city: lutsk(city).update(calendar=[{"date": "2026-12-25", "hours": [["09:00", "09:00"]]}]),
            "centres[0].calendar[0].hours[0]",
        ),
        (
            lambda city: lutsk(city).update(calendar=[{"date": "2026-12-25", "closed": True}] * 2),
            "centres[0].calendar[1].date",
        ),
        (lambda city: lutsk(city)["desks"][1].update(number=1), "centres[0].desks[1].number"),
        (lambda city: lutsk(city)["desks"][1]["services"].append("visa"), "centres[0].desks[1].services[2]"),
        (lambda city: lutsk(city)["desks"][1]["services"].append("permit"), "centres[0].desks[1].services[2]"),
        (lambda city: lutsk(city)["queues"][1].update(code="papers"), "centres[0].queues[1].code"),
        (lambda city: lutsk(city)["queues"][1].update(services=["visa"]), "centres[0].queues[1].services[0]"),
        (
            lambda city: lutsk(city)["queues"][1]["services"].append("permit"),
            "centres[0].queues[1].services[1]",
        ),
        (lambda city: lutsk(city)["queues"][0].update(capacity=3), "centres[0].queues[0].capacity"),
        (lambda city: lutsk(city)["queues"][0].update(slot_minutes=7), "centres[0].queues[0].slot_minutes"),
        (lambda city: lutsk(city)["queues"][0].update(slot_minutes=240), "centres[0].queues[0].slot_minutes"),
        (
            lambda city: city.update(calendar=[{"organisation": "nobody", "date": "2026-12-25", "closed": True}]),
            "calendar[0].organisation",
        ),
        (
            lambda city: city.update(staff=[{"id": "a", "organisation": "nobody", "role": "manager", "name": "N"}]),
            "staff[0].organisation",
        ),
    ],
)
def test_a_flaw_names_its_field(city: dict[str, Any], damage: Damage, field: str) -> None:
    """Where it is, in the order in which the document was written, and without the value."""
    damage(city)
    found = flaws(draft(city), EMPTY)
    assert field in [flaw.field for flaw in found]
    assert not any(word in flaw.reason for flaw in found for word in ("nobody", "visa", "Mars"))


def test_a_sound_document_has_no_flaws(city: dict[str, Any], known: Snapshot) -> None:
    """Neither into an empty store nor once more."""
    assert flaws(draft(city), EMPTY) == []
    assert flaws(draft(city, known), known) == []


@pytest.mark.parametrize(
    ("member", "field"),
    [
        ({"centre": "lublin-main"}, "staff[0].centre"),
        ({"centre": "lutsk-main", "desk": "lublin-main-1"}, "staff[0].desk"),
        ({"desk": "lutsk-main-1"}, "staff[0].desk"),
    ],
)
def test_staff_belong_to_a_desk_of_their_own_centre(known: Snapshot, member: dict[str, str], field: str) -> None:
    """And to a centre of their own organisation."""
    document = {"staff": [{"id": "a", "organisation": "lutsk", "role": "administrator", "name": "N", **member}]}
    assert [flaw.field for flaw in flaws(draft(document), known)] == [field]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"organisation": "nobody"}, "policies[0].organisation"),
        ({"valid_to": "2025-12-31"}, "policies[0].valid_to"),
        (None, "policies[1].valid_from"),
    ],
)
def test_policies_are_checked_before_they_leave(known: Snapshot, changes: dict[str, str] | None, field: str) -> None:
    """A wrong one would be refused by quota_svc when nobody is looking any more."""
    policy = {"organisation": "lutsk", "applicant": "individual", "channel": "online", "limit": 4}
    policy |= {"period": "month", "valid_from": "2026-01-01"}
    document = ImportDocument.model_validate({"policies": [policy | changes] if changes else [policy, policy]})
    assert [flaw.field for flaw in flaws(Draft(), known, document.policies)] == [field]


def test_two_centres_cannot_have_a_queue_of_the_same_id(city: dict[str, Any], known: Snapshot) -> None:
    """Centre `lutsk` with the queue `main-photo` would."""
    own = {"id": "lutsk", "queues": [{**lutsk(city)["queues"][1], "code": "main-photo"}]}
    document = {"centres": [{**lutsk(city), **own}]}
    assert [flaw.field for flaw in flaws(draft(document, known), known)] == ["centres[0].queues[0].code"]


def place(desks: list[str], queues: list[tuple[str, int]], known: Snapshot) -> Centre:
    """Desks and queues by the letters of their services."""
    return replace(
        known.centres["lutsk-main"],
        desks=tuple(Desk(f"d{number}", number, tuple(given)) for number, given in enumerate(desks)),
        queues=tuple(
            Queue(f"q{number}", "lutsk-main", f"q{number}", tuple(given), 20, places)
            for number, (given, places) in enumerate(queues)
        ),
    )


@pytest.mark.parametrize(
    ("desks", "queues", "field"),
    [
        (["abcd"] * 4, [("abcd", 4)], None),
        (["abcd"] * 3, [("abcd", 4)], "queues[0].capacity"),
        (["ab", "b"], [("a", 1), ("b", 1)], None),
        (["ab", "ab"], [("a", 2), ("b", 1)], "queues"),
        (["ab", "c"], [("a", 1), ("b", 1)], "queues[1].capacity"),
        (["ab", "ab", "bc"], [("b", 1), ("a", 2)], None),
    ],
)
def test_no_more_visitors_at_a_time_than_desks(
    known: Snapshot, desks: list[str], queues: list[tuple[str, int]], field: str | None
) -> None:
    """Per queue, over all of them, and where queues need the same desks: four services never oversell three desks."""
    found = [flaw.field for flaw in capacity_flaws("queues", place(desks, queues, known))]
    assert found == ([field] if field else [])


subsets = st.sets(st.sampled_from("abc"), min_size=1).map(lambda letters: "".join(sorted(letters)))


@given(st.lists(subsets, max_size=5), st.lists(st.tuples(subsets, st.integers(1, 3)), min_size=1, max_size=3))
def test_capacity_is_refused_exactly_when_somebody_would_have_no_desk(
    desks: list[str], queues: list[tuple[str, int]]
) -> None:
    """By Hall's theorem: for every set of queues the desks that serve any of them are enough."""
    able = [{number for number, desk in enumerate(desks) if set(given) <= set(desk)} for given, _ in queues]
    fits = all(
        sum(queues[at][1] for at in chosen) <= len(set().union(*(able[at] for at in chosen)))
        for chosen in ([at for at in range(len(queues)) if mask >> at & 1] for mask in range(1, 1 << len(queues)))
    )
    centre = place(desks, queues, SAMPLE)
    assert (not list(capacity_flaws("queues", centre))) == fits


SAMPLE = Snapshot(
    centres={
        "lutsk-main": Centre(
            id="lutsk-main",
            organisation="lutsk",
            name={},
            region_code="UA07",
            region_name={},
            territory="UA07",
            address={},
            latitude=0,
            longitude=0,
            time_zone="Europe/Kyiv",
            hours=((),) * 7,
        )
    }
)
