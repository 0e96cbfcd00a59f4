"""After a pause, or when the centre gives a time up, a booking moves to another time and uses no quota."""

import asyncio
from collections import Counter
from datetime import datetime, timedelta
from uuid import uuid4

import orjson
import pytest

from booking_svc.bookings.domain import AlreadyCancelled, HoldExpired, Status
from booking_svc.moves.domain import NothingToMoveFor, move
from services.errors import IllegalTransition, NotFound

DAY = timedelta(days=1)


def refusal(answer):
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (Status.HELD, IllegalTransition),
        (Status.CALLED, IllegalTransition),
        (Status.FINISHED, IllegalTransition),
        (Status.MISSED, IllegalTransition),
        (Status.CANCELLED, AlreadyCancelled),
        (Status.EXPIRED, HoldExpired),
        (Status.VOID, NotFound),
    ],
)
def test_only_what_can_still_be_called_moves(status, error):
    """And only when its time was taken away."""
    move(Status.CONFIRMED, disturbed=True)
    with pytest.raises(NothingToMoveFor):
        move(Status.CONFIRMED, disturbed=False)
    with pytest.raises(error):
        move(status, disturbed=True)


async def test_a_booking_moves_on_the_same_day_with_its_ticket_number(town, hall):
    """Its old place is free, the new one taken, the quota used once, and the move is told."""
    before, to = town.at("10:00"), town.at("15:00")
    booking = await town.booked(town.citizen(), before)
    await hall.alert()
    who = town.citizen()
    answer = await hall.move(who, booking, to)
    assert answer.status_code == 200, answer.text
    moved = answer.json()
    assert (moved["status"], moved["starts_at"]) == ("confirmed", to.isoformat())
    assert moved["ticket"]["number"] == booking["ticket"]["number"]
    assert moved["ticket"]["token"] != booking["ticket"]["token"]
    assert await hall.read(who, booking) == moved
    assert (await hall.taken(before), await hall.taken(to)) == (0, 1)
    shown = await town.booking.get(f"/api/v1/slots?centre=town&service=licence-exchange&date={to.date()}")
    assert {"starts_at": to.isoformat(), "free": 1} in shown.json()["items"]
    assert await town.used(who) == 1
    [told] = await hall.rows("SELECT envelope FROM outbox WHERE subject = 'booking.moved.v1'")
    event = orjson.loads(told["envelope"])["data"]
    assert [datetime.fromisoformat(event[name]) for name in ("moved_from", "starts_at")] == [before, to]
    await town.healthy()


async def test_on_another_day_it_gets_that_days_next_number(town, hall):
    """In the next month as well its quota stays counted where it was."""
    other = await town.booked(town.citizen(2), town.at("10:00", days=7))
    booking = await town.booked(town.citizen(), town.at("10:00"))
    await hall.alert()
    who = town.citizen()
    moved = (await hall.move(who, booking, town.at("10:00", days=7))).json()
    assert [other["ticket"]["number"], moved["ticket"]["number"]] == [1000, 1001]
    assert moved["starts_at"].startswith("2026-12-01")
    assert (await town.used(who), await town.used(who, "2026-12")) == (1, 0)
    await town.healthy()


async def test_whoever_came_before_the_alert_checks_in_again(town, hall):
    """A visitor who waits since half past nine is not there any more at the new time."""
    booking = await town.booked(town.citizen(), town.at("09:20"))
    await hall.rows("UPDATE booking SET checked_in_at = $1", town.at("09:10"))
    await hall.alert()
    moved = (await hall.move(town.citizen(), booking, town.at("15:00"))).json()
    assert moved["checked_in"] is False


async def test_nothing_moves_without_a_reason(town, hall):
    """409 illegal_transition that says when it is possible; before the pause, long after it, or held only."""
    who = town.citizen()
    early, late = [await town.booked(who, town.at(time)) for time in ("09:20", "11:00")]
    assert refusal(await hall.move(who, late, town.at("15:00"))) == (409, "illegal_transition")
    await hall.pause()
    answer = await hall.move(town.citizen(), late, town.at("15:00"))
    assert refusal(answer) == (409, "illegal_transition"), "nobody knows how long it will last"
    assert "паузу" in answer.json()["detail"]
    await hall.resume()
    for booking in (early, late):
        assert refusal(await hall.move(town.citizen(), booking, town.at("15:00"))) == (409, "illegal_transition")
    held = (await town.hold(town.citizen(), town.at("12:00"))).json()
    assert refusal(await hall.move(town.citizen(), held, town.at("15:00"))) == (409, "illegal_transition")


async def test_a_time_that_the_centre_gave_up_is_left_without_a_pause(town, hall):
    """The manager closes the day: its bookings may move; cancelled instead, they never count."""
    moving, leaving = [await town.booked(town.citizen(index), town.at("10:00", days=2)) for index in (1, 2)]
    assert refusal(await hall.move(town.citizen(1), moving, town.at("15:00"))) == (409, "illegal_transition")
    closed = {"closed": True, "date": str(town.at("10:00", days=2).date())}
    path = f"/api/v1/admin/calendar/centres/town/{closed['date']}"
    admin = town.stack.bearer("admin")
    assert (await town.booking.put(path, json=closed, headers=admin)).is_success
    assert (await hall.move(town.citizen(1), moving, town.at("15:00"))).status_code == 200
    cancelled = await town.step(town.citizen(2), leaving["id"], "cancel")
    assert cancelled.json()["cancelled_by"] == "centre"
    await town.healthy()
    assert [await town.used(town.citizen(index)) for index in (1, 2)] == [1, 0]


async def test_only_into_the_online_window_and_only_what_is_free(town, hall):
    """422 outside_window for the past, too far, closed, no such time; 409 slot_full: nothing changes."""
    who, full = town.citizen(), town.at("15:00")
    booking = await town.booked(who, town.at("10:00"))
    for index in (2, 3):
        await town.booked(town.citizen(index), full)
    await hall.alert()
    who = town.citizen()
    for to in (town.at("10:00"), town.at("10:20"), town.at("10:00", days=21), town.at("15:05")):
        assert refusal(await hall.move(who, booking, to)) == (422, "outside_window")
    assert refusal(await hall.move(who, booking, full)) == (409, "slot_full")
    assert (await hall.read(who, booking))["starts_at"] == booking["starts_at"]
    assert await hall.taken(town.at("10:00")) == 1
    assert (await hall.move(who, booking, town.at("10:00", days=20))).status_code == 200
    await town.healthy()


async def test_a_move_again_changes_nothing(town, hall):
    """To where it is, by key or without: 200 the same. Elsewhere: the alert is over, the new time stands."""
    booking = await town.booked(town.citizen(), town.at("10:00"))
    await hall.alert()
    who, to = town.citizen(), town.at("15:00")
    key = {"Idempotency-Key": "move"}
    first = await hall.move(who, booking, to, **key)
    for more in (key, {}):
        again = await hall.move(who, booking, to, **more)
        assert (again.status_code, again.json()) == (200, first.json())
    assert refusal(await hall.move(who, booking, town.at("16:00"))) == (409, "illegal_transition")
    assert len(await hall.rows("SELECT FROM outbox WHERE subject = 'booking.moved.v1'")) == 1


async def test_the_owner_and_the_centres_staff_move_and_nobody_else(town, hall):
    """404 to others; what staff does is audited."""
    booking = await town.booked(town.citizen(), town.at("10:00"))
    await hall.alert()
    strangers = town.citizen(2), town.stack.bearer("administrator", centre="elsewhere", organisation="hsc")
    for stranger in strangers:
        assert refusal(await hall.move(stranger, booking, town.at("15:00"))) == (404, "not_found")
    staff = town.stack.bearer("administrator", sub="admin-3", centre="town", organisation="hsc")
    assert (await hall.move(staff, booking, town.at("15:00"))).status_code == 200
    rows = await hall.rows("SELECT actor, resource FROM audit WHERE action = 'booking.move'")
    assert [tuple(row) for row in rows] == [("admin-3", f"booking/{booking['id']}")]


async def test_a_wrong_body_is_refused(town, hall):
    """422 invalid_request, before anything is looked up."""
    for body in ({}, {"starts_at": 1}, {"starts_at": "2026-11-24T15:00:00"}, {"centre": "town"}):
        answer = await hall.post(f"/bookings/{uuid4()}/move", body, who=town.citizen())
        assert refusal(answer) == (422, "invalid_request")
    assert refusal(await hall.move(town.citizen(), {"id": uuid4()}, town.at("15:00"))) == (404, "not_found")


async def test_many_move_to_the_last_places(town, hall):
    """Two places, six visitors whom the alert sent away: two get in, the others stay where they were."""
    times = ("09:40", "10:00", "10:20")
    people = [(index, await town.booked(town.citizen(index), town.at(times[index // 2]))) for index in range(6)]
    await hall.alert()
    to = town.at("15:00")
    answers = await asyncio.gather(*(hall.move(town.citizen(index), booking, to) for index, booking in people))
    assert Counter(answer.status_code for answer in answers) == {200: 2, 409: 4}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"slot_full"}
    assert await hall.taken(to) == 2
    assert sum([await hall.taken(town.at(time)) for time in times]) == 4
    await town.healthy()


async def test_moves_that_cross_do_not_wait_for_each_other(town, hall):
    """Whatever way round the slots are: they are locked in one order."""
    times = [town.at(f"{hour}:{minute:02d}", days=1) for hour in (10, 11) for minute in (0, 20, 40)]
    booked = [(index, await town.booked(town.citizen(index), time)) for index, time in enumerate(times)]
    await hall.rows(
        "INSERT INTO pause (id, centre, reason, scope, since, started_by, ended_at, ended_by)"
        " VALUES (gen_random_uuid(), 'town', 'power', 'centre', $1, 'somebody', $2, 'somebody')",
        times[0] - DAY,
        times[-1] + DAY,
    )
    for _ in range(3):
        answers = await asyncio.gather(
            *(hall.move(town.citizen(index), one, to) for (index, one), to in zip(booked, times[::-1], strict=True))
        )
        assert {answer.status_code for answer in answers} <= {200, 409}
        times.append(times.pop(0))
    await town.healthy()


async def test_a_move_and_a_cancellation_at_once_leave_one_story(town, hall):
    """Whatever comes first: the booking ends cancelled, and no place is taken by it."""
    people = [
        (index, await town.booked(town.citizen(index), town.at(f"10:{index // 2 * 20:02d}"))) for index in range(4)
    ]
    await hall.alert()
    calls = []
    for index, booking in people:
        who = town.citizen(index)
        calls += [hall.move(who, booking, town.at("15:00")), town.step(who, booking["id"], "cancel")]
    answers = await asyncio.gather(*calls)
    assert {answer.status_code for answer in answers} <= {200, 409}
    for index, booking in people:
        assert (await hall.read(town.citizen(index), booking))["status"] == "cancelled"
    assert await hall.taken(town.at("15:00")) == 0
    await town.healthy()


async def test_a_booking_says_what_can_be_done_with_it(town, hall):
    """`movable` and `cancellable`, alone and in the list: true where the call would be allowed now."""
    who, later = town.citizen(), town.at("15:00")
    held = (await town.hold(who, later)).json()
    assert (held["movable"], held["cancellable"]) == (False, True)
    kept, lost = await town.booked(who, later), await town.booked(who, town.at("10:00"))
    await hall.alert()
    who = town.citizen()

    async def said():
        listed = (await town.booking.get("/api/v1/bookings", headers=who)).json()["items"]
        shown = {one["id"]: (one["movable"], one["cancellable"]) for one in listed}
        for booking, said in shown.items():
            one = await hall.read(who, {"id": booking})
            assert (one["movable"], one["cancellable"]) == said
        return [shown[booking["id"]] for booking in (held, kept, lost)]

    assert await said() == [(False, False), (False, True), (True, True)], "the hold has run out meanwhile"
    assert (await hall.move(who, lost, town.at("16:00"))).json()["movable"] is False
    assert (await town.step(who, kept["id"], "cancel")).json()["cancellable"] is False
    assert await said() == [(False, False), (False, False), (False, True)]
