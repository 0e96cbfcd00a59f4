"""Nobody is left with a booking in a closed time unseen, whatever happens at the same moment."""

import asyncio
from uuid import UUID

from booking_svc.closures.checks import check
from booking_svc.closures.domain import Bookings
from booking_svc.closures.handlers import settling
from booking_svc.closures.handlers.closing import begin, order_of
from booking_svc.closures.schemas import ClosePost
from services.auth import Principal
from services.testing import eventually

UNSEEN = """
SELECT count(*) AS bookings FROM booking JOIN slot ON slot.id = slot_id
WHERE scheduled = 0 AND status IN ('held', 'confirmed')
"""
MANAGER = Principal("manager-town", frozenset({"manager"}), centre="town", organisation="hsc")


async def unseen(office):
    return (await office.rows(UNSEEN))[0]["bookings"]


async def visit(office, index, time):
    """Somebody books, whatever comes of it."""
    who = office.town.citizen(index)
    held = await office.town.hold(who, office.town.at(time, days=1))
    if held.status_code == 201:
        await office.town.step(who, held.json()["id"], "confirm")


async def test_holds_and_confirmations_race_a_close(office):
    """Each ends before it, and is moved or expired, or comes after it, and gets no place. Thrice, with openings."""
    for round_ in range(3):
        times = ("10:00", "10:20", "10:40")
        people = [visit(office, 100 * round_ + index, times[index % 3]) for index in range(18)]
        closes = [office.close("10:00", "11:00", queue="town-main") for _ in range(2)]
        *_, first, second = await asyncio.gather(*people, *closes)
        assert (first["left"], second["left"]) == (0, 0)
        assert await unseen(office) == 0
        assert [time for time in await office.shown() if time.startswith("10:")] == []
        assert await office.open("10:00", "11:00", queue="town-main") == 3
    await office.town.healthy()


async def test_owners_move_and_cancel_while_the_centre_closes(office):
    """Whoever is first decides; every booking ends in one place or none, and no slot is oversold."""
    booked = [await office.booked(index, f"10:{index // 2 * 20:02d}") for index in range(6)]
    town, hall = office.town, office.hall
    to = {"starts_at": town.at("15:00", days=1).isoformat()}
    calls = [town.step(town.citizen(one["index"]), one["id"], "cancel") for one in booked[:3]]
    calls += [hall.post(f"/bookings/{one['id']}/move", to, by=town.citizen(one["index"])) for one in booked[2:]]
    answers = await asyncio.gather(*calls, office.post("close", begin="10:00", until="11:00", bookings="move"))
    assert {answer.status_code for answer in answers} <= {200, 409}
    assert await unseen(office) == 0
    stands = [await office.stands(one) for one in booked]
    assert stands[:3] == ["cancelled"] * 3
    assert all(stand.startswith("25. ") and not stand.startswith("25. 10:") for stand in stands[3:])
    await town.healthy()


async def begun(office, bookings="move"):
    """The times are closed, and the process that should settle their bookings has died."""
    day = office.day()
    body = ClosePost.model_validate({"date": day, "from": "10:00", "until": "11:00", "bookings": bookings})
    order = order_of(office.context, "town", body, by=MANAGER)
    slots, _ = await begin(office.context, order, Bookings(bookings))
    assert slots.closed == 6


async def test_a_hold_that_is_confirmed_meanwhile_is_moved_and_not_cancelled(office):
    """Between the look and the deed its owner confirms it: it is looked at again."""
    who = office.town.citizen(1)
    held = (await office.town.hold(who, office.town.at("10:00", days=1))).json()
    await begun(office)
    status, places = await settling.look(office.context, UUID(held["id"]))
    assert (status, places) == ("held", [])
    assert (await office.town.step(who, held["id"], "confirm")).status_code == 200
    assert await settling.conclude(office.context, UUID(held["id"]), status, None) == []
    answer = await office.close("10:00", "11:00")
    assert (answer["moved"], answer["cancelled"], answer["expired"]) == (1, 0, 0)
    assert await office.stands({**held, "index": 1}) == "25. 09:40"


async def test_what_a_process_left_undone_is_done_by_the_job(office):
    """After half a minute; doctor says nothing by then, and would if nobody did it."""
    one, two = await office.booked(1, "10:00"), await office.booked(2, "10:20")
    await begun(office, "cancel")
    assert await unseen(office) == 2
    assert (await office.manager_sees())["counts"]["booked"] == 2
    await office.rows("UPDATE closure SET due_at = NULL")
    assert len(await check(office.context)) == 2
    await office.rows("UPDATE closure SET due_at = $1", office.town.stack.clock.now() + settling.PATIENCE)
    assert await check(office.context) == []
    office.town.stack.clock.advance(settling.PATIENCE)
    await eventually(lambda: settled(office))
    assert [await office.stands(booking) for booking in (one, two)] == ["cancelled"] * 2
    assert await office.messages() == [("cancelled", "10:00"), ("cancelled", "10:20")]
    await office.town.healthy()


async def test_closing_again_goes_on_with_what_is_left(office):
    """As the manager asks now; twice at once does it once."""
    booking = await office.booked(1, "10:00")
    await begun(office, "cancel")
    answers = await asyncio.gather(*(office.close("10:00", "11:00") for _ in range(2)))
    assert sorted((answer["moved"], answer["cancelled"], answer["left"]) for answer in answers) == [
        (0, 0, 0),
        (1, 0, 0),
    ]
    assert await office.stands(booking) == "25. 09:40"
    assert await settled(office)


async def test_who_has_no_time_to_wait_is_told_what_is_left(office):
    """The answer comes in time, and the rest is done all the same."""
    booking = await office.booked(1, "10:00")
    await begun(office)
    now, queues = office.town.stack.clock.now(), ["town-main", "town-exams"]
    told = await settling.settle(office.context, queues, office.day(), since=now, within_seconds=-1)
    assert (told.moved, told.left) == (0, 1)
    await eventually(lambda: settled(office))
    assert await office.stands(booking) == "25. 09:40"


async def settled(office):
    due = await office.rows("SELECT FROM closure WHERE due_at IS NOT NULL")
    return not due and await unseen(office) == 0


async def test_who_was_called_meanwhile_stays(office):
    """A visitor at a desk is served, whatever becomes of the time; one who waits is moved."""
    hall = office.hall
    called, waiting = await hall.arrived("11:00"), await hall.arrived("11:20")
    await hall.called()
    answer = await office.close("11:00", "12:00", days=0, queue="town-main")
    assert answer["moved"] == 1
    assert (await hall.row(called))["status"] == "called"
    moved = await hall.row(waiting)
    assert (moved["status"], moved["checked_in_at"]) == ("confirmed", None)
    await office.town.healthy()


async def test_a_visitor_moved_by_the_centre_is_no_no_show(office):
    """They may never have heard of it: movable until the window is over, then cancelled by the centre."""
    booking = await office.booked(1, "10:00")
    await office.close("10:00", "11:00")
    await office.hall.to("17:00", days=1)
    assert await office.stands(booking) == "25. 09:40"
    assert (await office.read(booking))["movable"] is True
    await office.hall.to("18:00", days=21)

    async def lapsed():
        return (await office.read(booking)).get("cancelled_by") == "centre"

    await eventually(lapsed)
    await office.town.healthy()
