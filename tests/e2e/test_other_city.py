"""Another city comes with one file, in its own time zone, without code. Uses the run whose clock is moved."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow

RULE = "{organisation: zamosc-bom, applicant: %s, channel: %s, limit: 2, period: month, valid_from: 2026-01-01}"
CITY = f"""
organisations:
  - code: zamosc-bom
    name: {{uk: Бюро мешканців Замостя, en: Residents' Office of Zamość, pl: Biuro Obsługi Mieszkańców Zamość}}
    time_zone: Europe/Warsaw

services:
  - code: night-service
    name: {{uk: Нічна послуга, en: Night service, pl: Usługa nocna}}
    duration_minutes: 60

centres:
  - id: zamosc-main
    organisation: zamosc-bom
    name: {{uk: Замостя, en: Zamość, pl: Zamość}}
    region: {{code: "06", name: {{uk: Люблінське воєводство, en: Lublin Voivodeship, pl: województwo lubelskie}}}}
    territory: "0664011"
    address: {{uk: Замостя, en: Zamość, pl: Zamość}}
    latitude: 50.72
    longitude: 23.25
    time_zone: Europe/Warsaw
    hours: {{sun: [["00:00", "05:00"]], mon: [["10:00", "12:00"]]}}
    desks:
      - {{number: 1, services: [night-service]}}
      - {{number: 2, services: [night-service]}}
    queues:
      - {{code: night, services: [night-service], slot_minutes: 60, capacity: 2}}

policies:
  - {RULE % ("individual", "online")}
  - {RULE % ("individual", "terminal")}
  - {RULE % ("legal_entity", "online")}
  - {RULE % ("legal_entity", "terminal")}
"""
HERE = {"centre": "zamosc-main", "service": "night-service"}


@pytest.fixture(scope="module")
def city(journey: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file, loaded."""
    file = tmp_path_factory.mktemp("city") / "zamosc.yaml"
    file.write_text(CITY)
    journey.told("import", str(file))
    return file


def test_a_faulty_file_changes_nothing_and_names_its_lines(journey: Any, tmp_path: Path) -> None:
    """All or nothing; every fault with the line it stands in."""
    faults = {
        "capacity: 2": "capacity: many",
        "latitude: 50.72": "latitude: 150.72",
        "services: [night-service], slot": "services: [no-such-service], slot",
        "duration_minutes: 60": "durations_minutes: 60",
        "organisation: zamosc-bom\n": "organisation: nobody\n",
    }
    file = tmp_path / "faulty.yaml"
    for right, wrong in faults.items():
        file.write_text(CITY.replace(right, wrong))
        line = next(n for n, text in enumerate(file.read_text().splitlines(), 1) if wrong.split("\n")[0] in text)
        done = journey.vizyt("import", str(file))
        assert done.returncode == 1
        assert any(f"faulty.yaml:{near}" in done.stdout + done.stderr for near in (line, line - 1)), done.stderr
    file.write_text("organisations: [")
    done = journey.vizyt("import", str(file))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert journey.anybody().get("centres/zamosc-main").status_code == 404


def test_a_second_import_changes_nothing(journey: Any, city: Path) -> None:
    """Idempotent, as YAML and as JSON."""
    before = journey.anybody().get("centres/zamosc-main").json()
    assert "created" not in journey.told("import", str(city)).replace("'created': 0", "")
    assert journey.anybody().get("centres/zamosc-main").json() == before


def test_a_city_can_be_booked_as_soon_as_it_is_loaded(journey: Any, city: Path, refused: Any) -> None:
    """By its own rules: two a month."""
    items = journey.anybody().get("availability", service="night-service").json()["items"]
    assert [item["centre"] for item in items] == ["zamosc-main"]
    days = sorted(items[0]["days"])[-2:]
    starts = [slot["starts_at"] for day in days for slot in journey.slots(day, **HERE)]
    citizen = journey.citizen()
    for start in starts[:2]:
        assert citizen.confirmed(start, **HERE)["quota"]["limit"] == 2
    problem = refused(citizen.hold(starts[2], **HERE), 409, "quota_exhausted")
    assert problem["rule"].startswith("zamosc-bom")
    assert citizen.held(journey.time())["quota"]["organisation"] == "hsc", "another organisation counts apart"


def test_the_day_on_which_the_clocks_go_forward_has_an_hour_less(journey: Any, city: Path, eventually: Any) -> None:
    """28 March 2027, Warsaw: no 02:00; every time a real instant, an hour apart."""
    journey.clock("set", "2027-03-20T12:00:00+02:00")
    eventually(lambda: journey.slots("2027-03-28", **HERE), seconds=2)
    shown = [slot["starts_at"] for slot in journey.slots("2027-03-28", **HERE)]
    assert [(at[11:16], at[-6:]) for at in shown] == [
        ("00:00", "+01:00"), ("01:00", "+01:00"), ("03:00", "+02:00"), ("04:00", "+02:00")
    ]  # fmt: skip
    instants = [datetime.fromisoformat(at).astimezone(UTC) for at in shown]
    assert [b - a for a, b in pairwise(instants)] == [timedelta(hours=1)] * 3
    booking = journey.citizen().confirmed(shown[2], **HERE)
    assert booking["starts_at"] == "2027-03-28T03:00:00+02:00"


def test_the_day_on_which_the_clocks_go_back_has_its_hour_once(journey: Any, city: Path, eventually: Any) -> None:
    """31 October 2027, Warsaw: 02:00 comes twice and is booked once."""
    journey.clock("set", "2027-10-20T12:00:00+03:00")
    eventually(lambda: journey.slots("2027-10-31", **HERE), seconds=2)
    shown = [slot["starts_at"] for slot in journey.slots("2027-10-31", **HERE)]
    assert [at[11:16] for at in shown] == ["00:00", "01:00", "02:00", "03:00", "04:00"]
    assert [at[-6:] for at in shown] == ["+02:00", "+02:00", "+02:00", "+01:00", "+01:00"]
    booking = journey.citizen().confirmed(shown[3], **HERE)
    assert booking["starts_at"] == "2027-10-31T03:00:00+01:00"


def test_a_token_lasts_sixty_days_of_the_runs_clock(journey: Any, refused: Any) -> None:
    """On the 61st day: 401."""
    citizen = journey.citizen()
    journey.clock("advance", "59d")
    assert citizen.get("bookings").status_code == 200
    journey.clock("advance", "2d")
    refused(citizen.get("bookings"), 401, "unauthenticated")
    assert journey.caller("citizen").get("bookings").status_code == 200
