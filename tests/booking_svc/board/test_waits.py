"""How long one waits: out of the ledger of the same weekday and hour, null where that says too little."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx

from booking_svc.board.domain import LEAST_VISITS
from services.testing import eventually
from tests.booking_svc.board.conftest import LUTSK, TEN, Hall

PAPERS = f"{LUTSK}-papers"
MINUTES = [60 * minute for minute in range(1, 21)]
"""Waits of one to twenty minutes: half of them wait 630 seconds at most, nine tenths 1086."""


async def waits(hall: Hall) -> dict[str, tuple[int | None, int | None, int | None]]:
    """By queue: p50, p90, visits."""
    board = await hall.board()
    shown = ("wait_p50_seconds", "wait_p90_seconds", "visits")
    return {wait["queue"]: tuple(wait[name] for name in shown) for wait in board["waits"]}


async def tomorrow(hall: Hall, *, days: int = 7) -> None:
    """Today's estimates are known already; the next ones are made on their day."""
    hall.house.clock.advance(timedelta(days=days))


async def test_the_board_shows_what_this_weekday_and_hour_were_like(hall: Hall) -> None:
    """Per queue; other hours, other weekdays, today and what is too old say nothing, and pauses are no waiting."""
    await hall.past(MINUTES[:10], weeks=0)
    await hall.past(MINUTES[10:], weeks=0)
    for other in ({"hour": 10}, {"weeks": -1}, {"weeks": 9}, {"queue": "photo", "hour": 11}):
        await hall.past([9000] * 20, **other)
    hall.house.clock.advance(timedelta(days=1))
    assert (await waits(hall))[PAPERS] == (None, None, None), "a Wednesday"
    hall.house.clock.advance(timedelta(days=6))
    assert await waits(hall) == {PAPERS: (630, 1086, 20), f"{LUTSK}-photo": (None, None, None)}


async def test_too_few_visits_are_no_estimate(hall: Hall) -> None:
    """One less than needed is null, not a guess."""
    await hall.past([60] * (LEAST_VISITS - 1), weeks=0)
    await hall.past([60] * LEAST_VISITS, weeks=0, hour=10)
    await tomorrow(hall)
    assert (await waits(hall))[PAPERS] == (None, None, None)
    hall.house.clock.advance(timedelta(hours=1))
    assert (await waits(hall))[PAPERS] == (60, 60, LEAST_VISITS)


async def person(hall: Hall, booking_id: Any) -> httpx.Response:
    """The booking as the staff of the centre reads it."""
    staff = hall.house.stack.bearer("administrator", organisation="lutsk", centre=LUTSK)
    await hall.house.rows(
        "UPDATE booking SET names = NULL, quota = jsonb_build_object('organisation', 'lutsk', 'channel', 'online',"
        " 'limit', 4, 'used', 1, 'period', '2026-11', 'renews_at', NULL)"
    )
    return await hall.house.client.get(f"/api/v1/bookings/{booking_id}", headers=staff)


async def test_a_booking_of_today_shows_its_place_and_its_wait(hall: Hall) -> None:
    """Those of the same queue who would be called before; the wait of the hour in which one's own begins."""
    await hall.past([120] * LEAST_VISITS, weeks=0, hour=10)
    await tomorrow(hall)
    ten = TEN + timedelta(days=7)
    await hall.waits("permit", at=ten)
    await hall.waits(at=ten + timedelta(minutes=40), priority="military", ticket=1)
    await hall.waits("photo", at=ten)
    await hall.waits(at=ten + timedelta(minutes=40))
    called = await hall.waits(at=ten)
    await hall.step(called, "call")
    mine = await hall.visitor(at=ten + timedelta(minutes=20))
    answer = await person(hall, mine)
    assert answer.status_code == 200, answer.text
    assert answer.json()["queue"] == {"ahead": 2, "wait_p50_seconds": 120, "wait_p90_seconds": 120}
    assert (await person(hall, called)).json()["queue"] is None, "called already"
    later = await hall.visitor(at=ten + timedelta(days=1))
    assert (await person(hall, later)).json()["queue"] is None, "not today"
    queue = (await person(hall, await hall.visitor("photo", at=ten + timedelta(minutes=90)))).json()["queue"]
    assert queue == {"ahead": 1, "wait_p50_seconds": None, "wait_p90_seconds": None}


async def compared(hall: Hall, **query: str) -> httpx.Response:
    manager = hall.house.stack.bearer("manager", organisation="lutsk")
    asked = {"from": "2026-11-01", "to": "2026-12-31"} | query
    return await hall.house.client.get(f"/api/v1/centres/{LUTSK}/waits", params=asked, headers=manager)


async def begun(hall: Hall) -> bool:
    """A centre is compared from the day before it was first looked at."""
    rows = await hall.house.rows("SELECT FROM board WHERE compared_until IS NULL")
    return not rows


async def test_every_day_is_compared_when_it_is_over(hall: Hall) -> None:
    """By queue and hour: what was estimated, what was, and how many waited no longer than nine tenths were to."""
    await hall.past(MINUTES, weeks=0)
    await hall.past([30] * 3, weeks=-1, hour=11)
    await hall.past([*MINUTES[:3], 1086, 1087], weeks=-1)
    await eventually(lambda: begun(hall))
    assert (await compared(hall)).json()["items"] == [], "no day with visits is over yet"
    hall.house.clock.advance(timedelta(days=8))

    async def both() -> bool:
        return {item["date"] for item in (await compared(hall)).json()["items"]} == {"2026-11-24", "2026-12-01"}

    await eventually(both)
    first, *second = (await compared(hall)).json()["items"]
    assert first == {
        "date": "2026-11-24",
        "hour": 9,
        "queue": PAPERS,
        "visits": 20,
        "waited": {"p50_seconds": 630, "p90_seconds": 1086},
        "estimated": None,
        "estimated_from": 0,
        "within_p90": None,
    }
    assert [(item["hour"], item["visits"], item["waited"]["p50_seconds"]) for item in second] == [
        (9, 5, 180),
        (11, 3, 30),
    ]
    assert second[0]["estimated"] == {"p50_seconds": 630, "p90_seconds": 1086}
    assert (second[0]["estimated_from"], second[0]["within_p90"]) == (20, 4)
    assert (second[1]["estimated"], second[1]["within_p90"]) == (None, None)
    only = (await compared(hall, **{"from": "2026-12-01", "to": "2026-12-01"})).json()["items"]
    assert only == second


async def test_the_comparison_is_the_managers(hall: Hall) -> None:
    """Of this centre or of its organisation; 403 for others, 404 for no centre, 422 for a span that is none."""
    house = hall.house
    path = f"/api/v1/centres/{LUTSK}/waits?from=2026-11-01&to=2026-11-30"
    for claims, status in (
        ({"organisation": "lutsk"}, 200),
        ({"organisation": "lutsk", "centre": LUTSK}, 200),
        ({"organisation": "lublin"}, 403),
        ({"organisation": "lublin", "centre": "lublin-main"}, 403),
        ({}, 403),
    ):
        headers = house.stack.bearer("manager", **claims)
        assert (await house.client.get(path, headers=headers)).status_code == status, claims
    staff = house.stack.bearer("administrator", organisation="lutsk", centre=LUTSK)
    assert (await house.client.get(path, headers=staff)).status_code == 403
    assert (await house.client.get(path)).status_code == 401
    manager = house.stack.bearer("manager", organisation="lutsk")
    answer = await house.client.get(path.replace(LUTSK, "nowhere"), headers=manager)
    assert answer.status_code == 404
    for span in ({"to": "2026-10-31"}, {"to": "2027-03-01"}, {"from": "yesterday"}):
        assert (await compared(hall, **span)).json()["code"] == "invalid_request"
