"""The invented cities, as documents of the public import (`./vizyt import`).

`bench`: a thousand slots with many places each, a queue whose every slot is hot, and, later, ten times the slots.
`opening`: one place per slot, open on one day only, the day that opens while the bench runs.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from bench.sizes import Size

SERVICE, OPENING_SERVICE = "bench-visit", "opening-visit"
STARTS_AT = datetime(2027, 3, 1, 3, 30, tzinfo=UTC)
"""Monday, 05:30 in Kyiv: half an hour before the new day opens."""
OPENS_AT = datetime(2027, 3, 1, 4, 0, tzinfo=UTC)
NEW_DAY = date(2027, 3, 21)
"""Sunday, the last of the 21 days from 06:00 on."""
LIMIT = 4
"""Bookings of a person in a month."""
HOT_PLACES = 500
DAY_DESKS, HALL_DESKS = 240, 60
DAY_SLOTS = {"bench-day": 2_000_000_000, "bench-hall": 2_000_000_001}
"""Ids that no slot of the schedule gets, for those who wait in line."""
WEEK = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Document = dict[str, Any]


def bench() -> Document:
    """12 centres x 4 slots x 21 days = 1,008 slots, and one centre with 24 hot slots a day."""
    centres = [_centre(f"bench-base-{n:02d}", SERVICE, slot_minutes=120, places=100, days=WEEK) for n in range(1, 13)]
    hot = _centre("bench-hot", SERVICE, slot_minutes=20, places=HOT_PLACES, days=WEEK)
    return _organisation("bench", SERVICE) | {"centres": [*centres, hot]}


def opening(size: Size) -> Document:
    """A 10-hour Sunday in slots of 5 minutes; the Sundays before are closed."""
    centres = [
        _centre(f"opening-{n:02d}", OPENING_SERVICE, slot_minutes=5, places=1, days=("sun",))
        for n in range(1, size.opening_centres + 1)
    ]
    hall = _centre("opening-hall", OPENING_SERVICE, slot_minutes=60, places=1, days=WEEK[:5])  # has free slots now
    closed = [
        {"organisation": "opening", "date": str(NEW_DAY - timedelta(weeks=weeks)), "closed": True} for weeks in (1, 2)
    ]
    return _organisation("opening", OPENING_SERVICE) | {"centres": [*centres, hall], "calendar": closed}


def wide(size: Size) -> Document:
    """96 slots a day for three weeks in each centre."""
    return {
        "centres": [
            _centre(f"bench-wide-{n:02d}", SERVICE, slot_minutes=5, places=4, days=WEEK)
            for n in range(1, size.wide_centres + 1)
        ]
    }


def day() -> Document:
    """A centre with a desk for every call of a round, and one whose board is watched."""
    return {
        "centres": [
            _centre("bench-day", SERVICE, slot_minutes=20, places=DAY_DESKS, days=WEEK),
            _centre("bench-hall", SERVICE, slot_minutes=20, places=HALL_DESKS, days=WEEK),
        ]
    }


def _organisation(code: str, service: str) -> Document:
    rules = [
        {"organisation": code, "applicant": applicant, "channel": channel, "limit": LIMIT, "period": "month",
         "valid_from": "2027-01-01"}
        for applicant in ("individual", "legal_entity")
        for channel in ("online", "terminal")
    ]  # fmt: skip
    return {
        # an hour, so that no hold runs out while we measure
        "organisations": [{"code": code, "name": _text(code), "time_zone": "Europe/Kyiv", "hold_minutes": 60}],
        "services": [{"code": service, "name": _text(service), "duration_minutes": 20}],
        "policies": rules,
    }


def _centre(code: str, service: str, *, slot_minutes: int, places: int, days: tuple[str, ...]) -> Document:
    hours = [["08:00", "18:00"]] if service == OPENING_SERVICE else [["09:00", "17:00"]]
    return {
        "id": code,
        "organisation": code.split("-")[0],
        "name": _text(code),
        "region": {"code": "UA07000000000024379", "name": _text("bench")},
        "territory": "UA07080170010083384",
        "address": _text("bench"),
        "latitude": 50.75,
        "longitude": 25.33,
        "time_zone": "Europe/Kyiv",
        "hours": dict.fromkeys(days, hours),
        "desks": [{"number": number, "services": [service]} for number in range(1, places + 1)],
        "queues": [{"code": "main", "services": [service], "slot_minutes": slot_minutes, "capacity": places}],
    }


def _text(words: str) -> dict[str, str]:
    return dict.fromkeys(("uk", "en", "pl"), words)
