"""Times of a day closed and opened by hand, as the manager and the citizens see it."""

from services.testing import eventually
from tests.booking_svc.visits.conftest import day

NOTHING = {"moved": 0, "cancelled": 0, "expired": 0, "left": 0}


async def test_closed_times_are_neither_shown_nor_given(office):
    """A slot belongs to the time in which it begins; the others of the day stay."""
    before = await office.shown()
    assert await office.close("10:00", "11:00", queue="town-main") == {"closed": 3, **NOTHING}
    assert await office.shown() == [time for time in before if not time.startswith("10:")]
    assert len(await office.shown(service="theory-exam")) == len(before), "of another queue"
    held = await office.town.hold(office.town.citizen(), office.town.at("10:20", days=1))
    assert (held.status_code, held.json()["code"]) == (422, "outside_window")
    seen = await office.manager_sees()
    closed = [slot["starts_at"][11:16] for slot in seen["slots"] if slot["closed"]]
    assert closed == ["10:00", "10:20", "10:40"]
    assert seen["closures"] == [{"queue": "town-main", "from": "10:00", "until": "11:00"}]
    await office.town.healthy()


async def test_opened_times_are_given_again(office):
    """All of them or a part; of what is not closed nothing changes."""
    before = await office.shown()
    assert (await office.close(queue="town-main"))["closed"] == 24
    assert await office.shown() == []
    assert await office.open("12:00", "13:00") == 6, "three of each queue are open now"
    assert await office.shown() == ["12:00", "12:20", "12:40"]
    seen = [(part["from"], part["until"]) for part in (await office.manager_sees())["closures"]]
    assert seen == [("00:00", "12:00"), ("13:00", "24:00")]
    assert await office.open(queue="town-main") == 24
    assert await office.shown() == before
    assert await office.rows("SELECT FROM closure") == []
    await office.town.healthy()


async def test_bookings_in_a_closed_time_move_to_the_nearest(office):
    """On the same day, before or after; then another day; each is told, none uses quota again."""
    for index, time in enumerate(("09:40", "09:40", "11:00"), start=1):
        await office.booked(index, time)
    first, second, third, fourth = [await office.booked(index, time) for index, time in
                                    ((4, "10:00"), (5, "10:00"), (6, "10:40"), (7, "10:40"))]  # fmt: skip
    answer = await office.close("10:00", "11:00")
    assert answer == {"closed": 6, **NOTHING, "moved": 4}
    moved = [await office.stands(booking) for booking in (first, second, third, fourth)]
    assert [*moved[:2], *sorted(moved[2:])] == ["25. 09:20", "25. 09:20", "25. 11:00", "25. 11:20"]
    assert await office.messages() == [("moved", "09:20")] * 2 + [("moved", "11:00"), ("moved", "11:20")]
    seen = await office.read(first)
    assert seen["ticket"]["number"] == first["ticket"]["number"]
    assert (seen["movable"], seen["cancellable"]) == (True, True)
    told = await office.hall.told("booking.moved.v1")
    assert {(event["booking_id"], event["by"]) for event in told} == {
        (booking["id"], "centre") for booking in (first, second, third, fourth)
    }
    assert await office.town.used(office.town.citizen(4)) == 1
    await office.town.healthy()


async def test_who_was_moved_may_choose_another_time(office):
    """Once; the time of their own choice stands. Or they leave, and it does not count."""
    moving, leaving = await office.booked(1, "10:00"), await office.booked(2, "10:00")
    await office.close("10:00", "10:20")
    town = office.town
    to = {"starts_at": town.at("15:00", days=2).isoformat()}
    answer = await office.hall.post(f"/bookings/{moving['id']}/move", to, by=town.citizen(1))
    assert answer.status_code == 200, answer.text
    assert answer.json()["movable"] is False
    to = {"starts_at": town.at("16:00", days=2).isoformat()}
    assert (await office.hall.post(f"/bookings/{moving['id']}/move", to, by=town.citizen(1))).status_code == 409
    cancelled = await town.step(town.citizen(2), leaving["id"], "cancel")
    assert cancelled.json()["cancelled_by"] == "centre"
    await town.healthy()
    assert await town.used(town.citizen(2)) == 0


async def test_bookings_are_cancelled_without_quota_when_that_is_asked(office):
    """By the centre, with notice; the place does not open again."""
    booking = await office.booked(1, "10:00")
    answer = await office.close("10:00", "11:00", bookings="cancel")
    assert answer == {"closed": 6, **NOTHING, "cancelled": 1}
    seen = await office.read(booking)
    assert (seen["status"], seen["cancelled_by"]) == ("cancelled", "centre")
    assert await office.messages() == [("cancelled", "10:00")]
    await office.town.healthy()
    assert await office.town.used(office.town.citizen(1)) == 0
    assert "10:00" not in await office.shown()


async def test_holds_in_a_closed_time_end_at_once(office):
    """The one who reviews is told on confirming; place and quota are back."""
    who = office.town.citizen(1)
    held = (await office.town.hold(who, office.town.at("10:00", days=1))).json()
    answer = await office.close("10:00", "11:00")
    assert answer == {"closed": 6, **NOTHING, "expired": 1}
    confirmed = await office.town.step(who, held["id"], "confirm")
    assert (confirmed.status_code, confirmed.json()["code"]) == (409, "hold_expired")
    assert await office.town.used(who) == 0
    await office.town.healthy()


async def test_where_no_time_is_left_the_centre_cancels(office):
    """Every other time of the window is closed: nobody is left in a time that is not given."""
    booking = await office.booked(1, "10:00")
    for days in range(21):
        await office.close(days=days, bookings="cancel", **({"until": "10:00"} if days == 1 else {}))
    answer = await office.close()
    assert (answer["moved"], answer["cancelled"]) == (0, 1)
    assert (await office.read(booking))["cancelled_by"] == "centre"
    await office.town.healthy()


async def test_a_full_day_goes_to_the_next(office):
    """The whole day is closed: the same time is looked for on the days after, with that day's ticket number."""
    booking = await office.booked(1, "10:00")
    assert (await office.close())["moved"] == 1
    assert await office.stands(booking) == "26. 09:00"
    assert await office.shown() == []
    await office.town.healthy()


async def test_cool_down_and_priority_are_kept(office):
    """A day on which the person has an attempt already, or too near to one, is passed over."""
    city = day()
    next(one for one in city["services"] if one["code"] == "theory-exam")["cooldown_days"] = 5
    assert (await office.hall.post("/admin/import", city, by=office.town.stack.bearer("admin"))).is_success
    exam = {"service": "theory-exam"}
    near = await office.booked(1, "10:00", days=1, **exam)
    far = await office.booked(1, "10:00", days=8, **exam)
    assert (await office.close(queue="town-exams"))["moved"] == 1
    assert await office.stands(near) == "26. 09:00"
    for days in (2, 3, 4):
        await office.close(days=days, queue="town-exams")
    assert await office.stands(near) == "08. 09:00", "the 28th to the 7th are too near to the second of December"
    assert await office.stands(far) == "02. 10:00"
    await office.town.healthy()


async def test_closing_again_changes_nothing(office):
    """With a key or without; audited once, as is opening."""
    await office.booked(1, "10:00")
    first = await office.close("10:00", "11:00", key="k")
    assert (first["closed"], first["moved"]) == (6, 1)
    for key in ("k", None):
        assert await office.close("10:00", "11:00", key=key) == {"closed": 6, **NOTHING}
    assert [await office.open() for _ in range(2)] == [48, 48]
    rows = await office.rows(
        "SELECT actor, action, resource, details::text FROM audit WHERE action LIKE 'slots.%' ORDER BY id"
    )
    assert [tuple(row)[:3] for row in rows] == [
        ("manager-town", "slots.close", "centre/town"),
        ("manager-town", "slots.open", "centre/town"),
    ]
    assert '"from": "10:00"' in rows[0]["details"]


async def test_only_what_has_not_begun_is_closed(office):
    """The visitors of a time that has begun are being served."""
    begun, coming = await office.booked(1, "10:00", days=0), await office.booked(2, "11:00", days=0)
    await office.hall.to("10:01")
    answer = await office.close("10:00", "12:00", days=0, queue="town-main")
    assert (answer["closed"], answer["moved"]) == (5, 1)
    assert await office.stands(begun) == "24. 10:00"
    assert await office.stands(coming) == "24. 12:00"


async def test_neither_import_nor_calendar_nor_a_new_day_opens_what_was_closed(office):
    """A closure outlives whatever prepares the slots, and holds for days that are not prepared yet."""
    far = 30
    assert (await office.close("09:00", "16:00", days=far, queue="town-main"))["closed"] == 21
    await office.close("10:00", queue="town-main")
    admin = office.town.stack.bearer("admin")
    city = day()
    city["centres"][0]["queues"][0]["slot_minutes"] = 40
    assert (await office.hall.post("/admin/import", city, by=admin)).is_success
    assert await office.shown() == ["09:00", "09:40"]
    calendar = f"/api/v1/admin/calendar/centres/town/{office.day()}"
    for body in ({"closed": True}, {"hours": [["08:00", "11:00"]]}):
        assert (await office.town.booking.put(calendar, json=body, headers=admin)).is_success
    assert await office.shown() == ["08:00", "08:40", "09:20"]
    await office.hall.to("09:00", days=15)

    async def prepared():
        """Long after it was closed."""
        return await office.shown(days=15) == ["16:20"]

    await eventually(prepared)
    await office.town.healthy()


async def test_who_may_not_may_not(office):
    """403 to others than the centre's manager, 404 for an unknown centre, 401 without login."""
    bearer, body = office.town.stack.bearer, {"date": str(office.day()), "bookings": "move"}
    hall = office.hall
    others = [hall.staff_of("other", "manager"), hall.staff, hall.terminal, office.town.citizen(), bearer("manager")]
    for step, sent in (("close", body), ("open", {"date": body["date"]})):
        path = f"/centres/town/slots/{step}"
        assert [(await hall.post(path, sent, by=by)).status_code for by in others] == [403] * 5
        assert (await hall.post(f"/centres/nowhere/slots/{step}", sent, by=hall.manager)).status_code == 404
        assert (await office.town.booking.post(f"/api/v1{path}", json=sent)).status_code == 401
        for by in (bearer("admin"), bearer("manager", organisation="hsc")):
            assert (await hall.post(path, sent, by=by)).status_code == 200


WRONG = [
    ({"date": "2026-11-23"}, "date"),
    ({"date": "2027-11-26"}, "date"),
    ({"date": "9999-12-31"}, "date"),
    ({"date": "soon"}, "date"),
    ({"date": None}, "date"),
    ({"queue": "other-main"}, "queue"),
    ({"from": "10"}, "from"),
    ({"from": "24:00"}, "until"),
    ({"until": "25:00"}, "until"),
    ({"from": "11:00", "until": "11:00"}, "until"),
    ({"first": "10:00"}, "first"),
    ({"bookings": "forget"}, "bookings"),
]


async def test_a_wrong_body_is_named(office):
    """422 with the field, before anything is done."""
    for body, field in WRONG:
        sent = {"date": str(office.day()), "bookings": "move", **body}
        answer = await office.hall.post("/centres/town/slots/close", sent, by=office.hall.manager)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert field in [error["field"] for error in answer.json()["errors"]]
    assert await office.rows("SELECT FROM closure") == []
