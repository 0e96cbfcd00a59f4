"""The shape of the import document: what is taken, and what is refused at its own place."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import BaseModel, ValidationError

import services.local
from booking_svc.catalogue import convert
from booking_svc.catalogue.domain import Snapshot
from booking_svc.catalogue.schemas import invalid_fields
from booking_svc.catalogue.validation import flaws
from services.contracts.catalogue import (
    CentreEntry,
    DayEntry,
    ImportDocument,
    OrganisationEntry,
    PoliciesImported,
    Policy,
    QueueEntry,
    ServiceEntry,
    StaffEntry,
)

NAME = {"uk": "Назва", "en": "Name", "pl": "Nazwa"}
POLICY = {"organisation": "a", "applicant": "individual", "channel": "online", "limit": 4, "period": "month"}


def refused(document: dict[str, Any]) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        ImportDocument.model_validate(document)
    return [error["field"] for error in invalid_fields(caught.value)]


def test_an_empty_document_is_one() -> None:
    """Nothing is needed, as nothing that is left out is changed."""
    assert ImportDocument.model_validate({}) == ImportDocument()


def test_yaml_times_without_quotation_marks_are_understood() -> None:
    """YAML 1.1 reads 10:00 as the number 600, but 09:00 as a text."""
    day = DayEntry.model_validate(yaml.safe_load("hours: [[09:00, 10:00], [10:30, 24:00]]"))
    assert day.hours == [("09:00", "10:00"), ("10:30", "24:00")]


@pytest.mark.parametrize("wrong", ["9:00", "24:01", "09:60", "09-00", "", -1, 1441, True, None, 9.5])
def test_a_time_of_day_is_written_with_two_digits_each(wrong: Any) -> None:
    """And no later than the end of the day."""
    with pytest.raises(ValidationError):
        DayEntry.model_validate({"hours": [[wrong, "23:00"]]})


@pytest.mark.parametrize("wrong", ["24:00", "6:00"])
def test_a_window_opens_at_a_time_of_the_day(wrong: str) -> None:
    """24:00 is an end, not a beginning."""
    with pytest.raises(ValidationError):
        OrganisationEntry.model_validate({"code": "a", "name": NAME, "time_zone": "Europe/Kyiv", "opens_at": wrong})


@pytest.mark.parametrize(
    "body", [{}, {"closed": False}, {"hours": []}, {"closed": True, "hours": [["09:00", "10:00"]]}]
)
def test_an_exception_is_either_closed_or_has_hours(body: dict[str, Any]) -> None:
    """Neither both nor nothing: a day that was only begun to be written must not close a centre."""
    with pytest.raises(ValidationError):
        DayEntry.model_validate(body)


def test_a_reason_in_one_language_stands_for_all() -> None:
    """A manager in a hurry writes it once."""
    day = DayEntry.model_validate({"closed": True, "reason": "ремонт"})
    assert day.reason is not None
    assert day.reason.model_dump() == {"uk": "ремонт", "en": "ремонт", "pl": "ремонт"}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({"centers": []}, "centers"),
        ({"services": [{"code": "a", "name": NAME, "duration_minutes": 20, "price": 5}]}, "services[0].price"),
        ({"services": [{"code": "A b", "name": NAME, "duration_minutes": 20}]}, "services[0].code"),
        ({"services": [{"code": "a", "name": {"uk": "x", "en": "y"}, "duration_minutes": 20}]}, "services[0].name.pl"),
        (
            {"services": [{"code": "a", "name": {**NAME, "pl": " "}, "duration_minutes": 20}]},
            "services[0].name.pl",
        ),
        (
            {"services": [{"code": "a", "name": NAME, "duration_minutes": 20, "online_url": "javascript:alert(1)"}]},
            "services[0].online_url",
        ),
        (
            {"organisations": [{"code": "a", "name": NAME, "time_zone": "Europe/Kyiv", "release_policy": "lottery"}]},
            "organisations[0].release_policy",
        ),
        ({"policies": [{**POLICY, "valid_from": "2026-01-01", "note": "x"}]}, "policies[0].note"),
        ({"policies": [{**POLICY, "valid_from": "2026-01-01", "limit": -1}]}, "policies[0].limit"),
        ({"calendar": [{"organisation": "a", "date": "2026-02-30", "closed": True}]}, "calendar[0].date"),
    ],
)
def test_a_wrong_field_is_named_with_its_place(document: dict[str, Any], field: str) -> None:
    """Unknown ones too: a misspelt name must not be lost in silence."""
    assert refused(document) == [field]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (QueueEntry, {"code": "1", "services": ["a"], "slot_minutes": 20, "capacity": 1}),
        (QueueEntry, {"code": "a", "services": [], "slot_minutes": 20, "capacity": 1}),
        (QueueEntry, {"code": "a", "services": ["a"], "slot_minutes": 4, "capacity": 1}),
        (QueueEntry, {"code": "a", "services": ["a"], "slot_minutes": 20, "capacity": 0}),
        (StaffEntry, {"id": "a", "organisation": "a", "role": "admin", "name": "N"}),
        (ServiceEntry, {"code": "a", "name": NAME, "duration_minutes": 0}),
        (ServiceEntry, {"code": "a", "name": NAME, "duration_minutes": 20, "visit_kinds": ["phone"]}),
    ],
)
def test_numbers_and_words_are_within_their_limits(kind: type[BaseModel], body: dict[str, Any]) -> None:
    """A queue needs a service, a place and a sensible length; nobody becomes admin by import."""
    with pytest.raises(ValidationError):
        kind.model_validate(body)


def test_a_position_is_on_the_earth(city: dict[str, Any]) -> None:
    """Longitude and latitude exchanged are found out where they can be."""
    for wrong in ({"latitude": 91}, {"longitude": 181}, {"latitude": "north"}):
        with pytest.raises(ValidationError):
            CentreEntry.model_validate({**city["centres"][0], **wrong})


def test_no_value_is_repeated_in_a_refusal() -> None:
    """It may be somebody's name."""
    with pytest.raises(ValidationError) as caught:
        ImportDocument.model_validate_json(
            '{"staff": [{"id": "Коваль Олена", "organisation": "a", "role": "boss", "name": ""}]}'
        )
    said = str(invalid_fields(caught.value))
    assert "Коваль" not in said
    assert "boss" not in said


def test_a_text_that_is_no_json_is_refused_as_a_whole() -> None:
    """There is no field to name."""
    with pytest.raises(ValidationError) as caught:
        ImportDocument.model_validate_json("organisations:\n- code: a\n")
    assert [error["field"] for error in invalid_fields(caught.value)] == ["body"]


def test_an_event_of_policies_is_read_by_an_older_service() -> None:
    """Fields that a newer writer adds are ignored there, though the document refuses them."""
    policy = Policy.model_validate({**POLICY, "valid_from": "2026-01-01"})
    told = PoliciesImported(policies=[policy]).model_dump(mode="json")
    told["policies"][0]["rounding"] = "up"
    assert PoliciesImported.model_validate(told).policies[0].model_dump() == policy.model_dump()


def test_the_demo_data_is_a_sound_document() -> None:
    """Shape and rules, as an import would find them."""
    text = (Path(services.local.__path__[0]) / "demo" / "demo.yaml").read_text()
    document = ImportDocument.model_validate(yaml.safe_load(text))
    assert flaws(convert.draft(document, Snapshot()), Snapshot(), document.policies) == []
