"""Time moves: holds run out, days open, tokens expire. One run whose clock goes forward from test to test."""

from datetime import datetime, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

ACTED_SECONDS = 2.0
LUBLIN = {"centre": "lublin-bom-main", "service": "pl-id-card"}


def test_the_clock_starts_where_it_was_told_and_never_goes_back(journey: Any) -> None:
    """`show` has Kyiv's offset; `set` refuses the past and changes nothing."""
    begin = journey.now()
    assert journey.told("clock", "show").endswith("+03:00")
    assert timedelta() <= begin - datetime.fromisoformat("2026-10-20T05:58:00+03:00") < timedelta(hours=1)
    done = journey.vizyt("clock", "set", "2026-10-20T05:00:00+03:00")
    assert done.returncode != 0
    assert done.stderr.strip()
    assert journey.vizyt("clock", "advance", "-5m").returncode != 0
    assert timedelta() <= journey.now() - begin < timedelta(seconds=10)


def test_the_farthest_day_opens_at_six_in_the_centres_own_morning(journey: Any, eventually: Any, refused: Any) -> None:
    """Today + 19 until then, today + 20 from then on; in Warsaw an hour later than in Kyiv."""
    citizen = journey.citizen()
    journey.clock("set", "2026-10-21T05:59:00+03:00")
    assert journey.slots("2026-11-10") == []
    assert journey.slots("2026-11-06") != []
    problem = refused(citizen.hold("2026-11-10T10:00:00+02:00"), 422, "outside_window")
    assert problem["title"]
    journey.clock("set", "2026-10-21T06:00:00+03:00")
    slots = eventually(lambda: journey.slots("2026-11-10"), seconds=ACTED_SECONDS)
    assert slots[0]["starts_at"] == "2026-11-10T09:00:00+02:00"
    assert citizen.held(slots[0]["starts_at"])["quota"]["period"] == "2026-11", "the month of the visit counts"
    days = citizen.get("availability", service="vehicle-registration").json()["items"][0]["days"]
    assert max(days) == "2026-11-10"
    assert journey.slots("2026-11-10", **LUBLIN) == [], "it is 05:00 there"
    journey.clock("advance", "1h")
    eventually(lambda: journey.slots("2026-11-10", **LUBLIN), seconds=ACTED_SECONDS)


def test_a_hold_runs_out_after_five_minutes_and_never_counted(journey: Any, eventually: Any, refused: Any) -> None:
    """The place is free again; confirming comes too late; a confirmed booking stays."""
    citizen, (start, other) = journey.citizen(), journey.times(2)
    places = journey.free(start)
    booking, kept = citizen.held(start), citizen.confirmed(other)
    period = start[:7]
    assert citizen.quota(period)["used"] == 2
    journey.clock("advance", "4m50s")
    assert citizen.booking(booking["id"])["status"] == "held"
    journey.clock("advance", "10s")
    refused(citizen.step(booking["id"], "confirm"), 409, "hold_expired")
    eventually(lambda: citizen.booking(booking["id"])["status"] == "expired", seconds=ACTED_SECONDS)
    eventually(lambda: journey.free(start) == places, seconds=ACTED_SECONDS)
    eventually(lambda: citizen.quota(period)["used"] == 1, seconds=ACTED_SECONDS)
    assert citizen.quota(period)["counting"] == [kept["id"]]
    for step in ("confirm", "cancel"):
        refused(citizen.step(booking["id"], step), 409, "hold_expired")


def test_what_has_begun_is_not_shown_any_more(journey: Any, refused: Any) -> None:
    """Only times to come, and none of them bookable too late."""
    journey.clock("set", "2026-10-22T12:00:01+03:00")
    assert journey.slots("2026-10-22")[0]["starts_at"] == "2026-10-22T12:20:00+03:00"
    refused(journey.citizen().hold("2026-10-22T12:00:00+03:00"), 422, "outside_window")
    first = journey.anybody().get("availability", service="vehicle-registration").json()["items"][0]
    assert first["first_free_at"] == "2026-10-22T12:20:00+03:00"


def test_a_new_month_brings_a_new_limit(journey: Any, refused: Any) -> None:
    """Four visits in October and four in November, both booked in October."""
    citizen = journey.citizen()
    for day in ("2026-10-30", "2026-11-03"):
        starts = [slot["starts_at"] for slot in journey.slots(day, centre="hsc-1841")]
        for start in starts[:4]:
            assert citizen.held(start, centre="hsc-1841")["quota"]["period"] == day[:7]
        refused(citizen.hold(starts[4], centre="hsc-1841"), 409, "quota_exhausted")
    assert [citizen.quota(period)["used"] for period in ("2026-10", "2026-11")] == [4, 4]


def test_five_weeks_at_once(journey: Any, eventually: Any) -> None:
    """All that was due has happened two seconds later: the old window is gone, the new one open."""
    citizen, start = journey.citizen(), journey.time(centre="hsc-5641")
    booking = citizen.held(start, centre="hsc-5641")
    journey.clock("advance", "35d")
    eventually(lambda: citizen.booking(booking["id"])["status"] == "expired", seconds=ACTED_SECONDS)
    now = journey.now()
    for service in ("vehicle-registration", "residence-extract", "pl-id-card"):
        items = citizen.get("availability", service=service).json()["items"]
        for item in items:
            assert item["free"] == sum(item["days"].values()) > 0
            assert datetime.fromisoformat(item["first_free_at"]) > now
            assert max(item["days"]) >= f"{now + timedelta(days=18):%Y-%m-%d}"
    assert citizen.held(journey.time(centre="hsc-5641"), centre="hsc-5641")["quota"]["used"] == 1
    assert journey.told("doctor") == "all is well"
