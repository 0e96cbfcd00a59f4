"""Many at once over real HTTP: no place is sold twice, no limit exceeded, no number given twice."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow


def at_once(calls: list[Any]) -> list[httpx.Response]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(lambda call: call(), calls))


def codes(answers: list[httpx.Response]) -> Counter[str]:
    return Counter("201" if answer.status_code == 201 else answer.json()["code"] for answer in answers)


def test_sixteen_clients_want_one_time(town: Any, month: str, eventually: Any) -> None:
    """As many get it as there are places; the others learn that it is taken, and lose no quota."""
    start = town.time(centre="hsc-1841")
    places = town.free(start, centre="hsc-1841")
    citizens = [town.citizen() for _ in range(16)]
    answers = at_once([lambda c=c: c.hold(start, centre="hsc-1841") for c in citizens])
    assert codes(answers) == {"201": places, "slot_full": 16 - places}
    eventually(lambda: town.free(start, centre="hsc-1841") == 0, seconds=1)
    for citizen, answer in zip(citizens, answers, strict=True):
        assert citizen.quota(month)["used"] == (1 if answer.status_code == 201 else 0)


def test_one_citizen_wants_twenty_four_times(town: Any, month: str) -> None:
    """Four of them."""
    citizen = town.citizen()
    answers = at_once([lambda s=s: citizen.hold(s, centre="hsc-5641") for s in town.times(24, centre="hsc-5641")])
    assert codes(answers) == {"201": 4, "quota_exhausted": 20}
    booked = {answer.json()["id"] for answer in answers if answer.status_code == 201}
    assert {item["id"] for item in citizen.get("bookings").json()["items"]} == booked
    assert set(citizen.quota(month)["counting"]) == booked


def test_one_request_sent_eight_times_at_once_makes_one_booking(town: Any, month: str) -> None:
    """By its key."""
    citizen, start = town.citizen(), town.time(centre="hsc-5641")
    answers = at_once([lambda: citizen.hold(start, centre="hsc-5641", key="same")] * 8)
    assert codes(answers) == {"201": 8}
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert citizen.quota(month)["used"] == 1


def test_tickets_given_at_once_have_a_number_each(town: Any) -> None:
    """Twelve confirmations of one day; and confirm against cancel leaves one of them the winner."""
    starts = town.times(4, centre="hsc-5641")
    citizens = [town.citizen() for _ in range(12)]
    held = [citizen.held(starts[n % 4], centre="hsc-5641")["id"] for n, citizen in enumerate(citizens)]
    answers = at_once([lambda c=c, b=b: c.step(b, "confirm") for c, b in zip(citizens, held, strict=True)])
    by_day: dict[str, list[int]] = {}
    for answer in answers:
        booking = answer.json()
        by_day.setdefault(booking["starts_at"][:10], []).append(booking["ticket"]["number"])
    for numbers in by_day.values():
        assert len(set(numbers)) == len(numbers)
    citizen = town.citizen()
    booking = citizen.held(town.time(centre="hsc-5641"), centre="hsc-5641")["id"]
    at_once([lambda step=step: citizen.step(booking, step) for step in ("confirm", "cancel")])
    assert citizen.booking(booking)["status"] in ("confirmed", "cancelled")
