"""Bookings, visits, waiting and service time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.contracts import booking, visits
from tests.stats_svc.conftest import DAY, World, finished, visit
from tests.stats_svc.test_projections import refusals


def day_of_visits() -> list[Any]:
    """Twelve booked: seven served, one failed, one refused, one missed, one cancelled, one not yet there."""
    return [
        *(visit(booking.BookingHeld) for _ in range(14)),
        *(visit(booking.BookingConfirmed) for _ in range(12)),
        visit(booking.BookingExpired),
        visit(booking.BookingCancelled, by="applicant", was="held"),
        visit(booking.BookingCancelled, by="applicant", was="confirmed"),
        *(visit(visits.VisitCheckedIn) for _ in range(9)),
        *(finished(600, 120) for _ in range(7)),
        finished(1200, 240, "failed", service="theory-exam"),
        visit(visits.VisitRefused, because="identity_mismatch"),
        visit(visits.VisitMissed, because="not_checked_in"),
    ]


async def test_a_day_of_visits(world: World) -> None:
    """What came of those who were booked; a hold that was given back never was a booking."""
    await world.places()
    await world.tell(*day_of_visits())
    item = (await world.items("visits", group_by="day"))[str(DAY)]
    counted = ("booked", "checked_in", "served", "failed", "missed", "refused", "cancelled", "cancelled_by_centre")
    assert [item[name] for name in counted] == [12, 9, 8, 1, 1, 1, 1, 0]


async def test_waiting_and_service_time(world: World) -> None:
    """Half of the visitors, nine tenths of them, and the mean; percentiles within 2 %."""
    await world.tell(*day_of_visits())
    item = (await world.items("visits", group_by="day"))[str(DAY)]
    assert item["service"]["mean_seconds"] == (7 * 600 + 1200) // 8
    assert abs(item["service"]["p50_seconds"] - 600) <= 12
    assert abs(item["service"]["p90_seconds"] - 1200) <= 24
    assert abs(item["waiting"]["p50_seconds"] - 120) <= 3


async def test_few_measurements_are_not_shown_to_the_public(world: World) -> None:
    """A duration of one visitor is that visitor's."""
    await world.places()
    await world.tell(*(visit(booking.BookingConfirmed) for _ in range(6)), finished(600))
    asked = {"group_by": "day", "centre": "hsc-0741"}
    assert (await world.items("visits", **asked))[str(DAY)]["service"] is None
    mine = await world.items("visits", headers=world.manager(), **asked)
    assert mine[str(DAY)]["service"]["mean_seconds"] == 600


async def test_a_moved_booking_is_counted_on_its_new_day(world: World) -> None:
    """Also when the move is told before the booking itself; within a day nothing changes."""
    later = DAY + timedelta(days=2)
    stamp = "2026-11-24T10:00:00+02:00"
    move = {"starts_at": stamp, "moved_from": stamp, "moved_from_date": DAY}
    await world.tell(*(visit(booking.BookingMoved, day=later, **move) for _ in range(5)))
    await world.tell(visit(booking.BookingMoved, **move))
    await world.tell(*(visit(booking.BookingConfirmed) for _ in range(11)))
    items = await world.items("visits", group_by="day")
    assert {key: item["booked"] for key, item in items.items()} == {str(DAY): 6, str(later): 5}


async def test_visits_by_service_and_channel(world: World) -> None:
    """Each visit once."""
    await world.tell(*(visit(booking.BookingConfirmed, service="theory-exam") for _ in range(5)))
    await world.tell(*(visit(booking.BookingConfirmed, channel="terminal") for _ in range(6)))
    by_service = await world.items("visits", group_by="service")
    assert {key: item["booked"] for key, item in by_service.items()} == {"theory-exam": 5, "licence-exchange": 6}
    by_channel = await world.items("visits", group_by="channel", lang="en")
    assert {item["name"]: item["booked"] for item in by_channel.values()} == {"Online": 5, "Terminal": 6}


async def test_desks_of_visits_are_their_managers(world: World) -> None:
    """As with ratings."""
    await world.places()
    await world.tell(finished(600), finished(300, desk="hsc-0741-2"))
    asked = {"group_by": "desk", "centre": "hsc-0741"}
    assert (await world.get("visits", **asked)).status_code == 401
    items = await world.items("visits", headers=world.manager(), **asked)
    assert {key: item["served"] for key, item in items.items()} == {"hsc-0741-1": 1, "hsc-0741-2": 1}


async def test_a_question_is_of_ratings_only(world: World) -> None:
    """Visits cannot be told apart by it."""
    assert (await world.get("visits", group_by="question")).status_code == 422


async def test_refused_wishes_by_reason(world: World) -> None:
    """Beside those that got a place: the share that the quota refused."""
    await world.places()
    held = [visit(booking.BookingHeld) for _ in range(6)]
    await world.tell(*held, refusals("quota_exhausted", 3), refusals("quota_exhausted", 1), refusals("slot_full", 2))
    item = (await world.items("quota", group_by="centre"))["hsc-0741"]
    counted = ("held", "quota_exhausted", "blocked_for_no_shows", "cooldown", "slot_full", "share_exhausted")
    assert [item[name] for name in counted] == [6, 4, 0, 0, 2, 0.3333]


async def test_few_wishes_are_hidden(world: World) -> None:
    """As everything of fewer than five."""
    await world.tell(refusals("cooldown", 4))
    answer = (await world.get("quota", first=DAY, last=DAY)).json()
    assert (answer["items"][0]["suppressed"], answer["total"]["suppressed"]) == (True, True)
