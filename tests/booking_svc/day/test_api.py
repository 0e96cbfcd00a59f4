"""The screens of the desk and of the manager read a day in one go, and nothing of it says who the visitors are."""

WORDS = ("Коваль", "Нечуй", "Олена", "names", "person_key", "contact")


async def read(hall, path, by):
    answer = await hall.town.booking.get(f"/api/v1{path}", headers=by)
    assert answer.status_code == 200, answer.text
    assert not [word for word in WORDS if word in answer.text]
    return answer.json()


async def desk_day(hall, desk=1):
    return await read(hall, f"/desks/town-{desk}/day", hall.staff)


async def centre_day(hall, query=""):
    return await read(hall, f"/centres/town/day{query}", hall.manager)


async def test_the_desk_sees_who_waits_in_the_order_of_calls(hall):
    """Priority first; then who is still to come; only of its services and of today."""
    second, first = await hall.arrived("10:20"), await hall.arrived("10:00")
    preferred = await hall.first("11:00")
    awaited = await hall.awaited("09:40")
    await hall.arrived("10:00", service="theory-exam")
    await hall.awaited("10:00", days=1)
    await hall.town.hold(hall.town.citizen(), hall.town.at("12:00"))
    day = await desk_day(hall)
    assert (day["desk"], day["number"], day["centre"], day["services"]) == ("town-1", 1, "town", ["licence-exchange"])
    assert (day["now"], day["paused"], day["open"]) == ("2026-11-24T09:00:00+02:00", None, True)
    assert [one["visit"] for one in day["waiting"]] == [one["id"] for one in (preferred, first, second, awaited)]
    assert day["waiting"][0] == {
        "visit": preferred["id"],
        "ticket": 1,
        "service": "licence-exchange",
        "starts_at": "2026-11-24T11:00:00+02:00",
        "checked_in_at": "2026-11-24T09:00:00+02:00",
        "priority": "military",
        "here": True,
    }
    assert [one["here"] for one in day["waiting"]] == [True, True, True, False]
    assert day["visit"] is None
    assert day["figures"] == {
        **dict.fromkeys(("called", "served", "failed", "missing_documents", "refused", "missed"), 0),
        "mean_serving_seconds": None,
    }


async def test_the_screen_survives_a_reload(hall):
    """Who is at the desk is there again, as the call answered, called or served; and the figures grow."""
    visit = await hall.arrived("10:00")
    called = await hall.called()
    assert (await desk_day(hall))["visit"] == called
    assert (await desk_day(hall, 2))["visit"] is None
    await hall.verify(visit)
    started = (await hall.step(visit, "start")).json()
    assert (await desk_day(hall))["visit"] == started
    await hall.to("09:07")
    await hall.step(visit, "finish", {"outcome": "served"})
    day = await desk_day(hall)
    assert (day["visit"], day["waiting"]) == (None, [])
    assert (day["figures"]["called"], day["figures"]["served"], day["figures"]["mean_serving_seconds"]) == (1, 1, 420)
    assert (await desk_day(hall, 2))["figures"]["called"] == 0


async def test_who_was_left_at_the_desk_yesterday_is_still_there(hall):
    """Else the desk would be busy with somebody whom its screen does not show."""
    await hall.arrived("10:00")
    called = await hall.called()
    await hall.to("09:00", days=1)
    day = await desk_day(hall)
    assert day["visit"]["id"] == called["id"]
    assert day["figures"]["called"] == 0


async def test_a_skipped_visitor_was_called_all_the_same(hall):
    """And waits again."""
    await hall.arrived("10:00")
    await hall.step(await hall.called(), "skip")
    day = await desk_day(hall)
    assert (day["figures"]["called"], len(day["waiting"])) == (1, 1)


async def test_a_pause_and_a_closed_desk_are_seen(hall):
    """With the reason and since when."""
    await hall.post("/desks/town-1/close", by=hall.manager)
    await hall.post("/centres/town/pause", {"reason": "air_raid"}, by=hall.manager)
    paused = {"reason": "air_raid", "since": "2026-11-24T09:00:00+02:00"}
    day, second, centre = await desk_day(hall), await desk_day(hall, 2), await centre_day(hall)
    assert (day["paused"], day["open"], second["open"]) == (paused, False, True)
    assert centre["paused"] == paused
    assert [desk["open"] for desk in centre["desks"]] == [False, True, True]


async def test_the_manager_sees_the_flow_of_today(hall):
    """Counts, hours, desks and times of one day."""
    visit = await hall.arrived("09:40")
    for time in ("10:00", "10:20"):
        await hall.arrived(time)
    gone = await hall.awaited("13:00")
    await hall.town.step(hall.town.citizen(gone["index"]), gone["id"], "cancel")
    await hall.called(1)
    await hall.served(visit)
    called = await hall.called(2)
    day = await centre_day(hall)
    assert (day["centre"], day["date"], day["now"]) == ("town", "2026-11-24", "2026-11-24T09:07:00+02:00")
    assert day["counts"] == {
        "booked": 3,
        "checked_in": 3,
        "waiting": 1,
        "called": 1,
        "serving": 0,
        "finished": 1,
        "refused": 0,
        "missed": 0,
        "cancelled": 1,
    }
    assert [hour["hour"] for hour in day["hours"]] == list(range(9, 17))
    assert day["hours"][:2] == [
        {"hour": 9, "booked": 1, "arrived": 3, "served": 1},
        {"hour": 10, "booked": 2, "arrived": 0, "served": 0},
    ]
    first, second, third = day["desks"]
    assert (first["served"], first["mean_serving_seconds"], first["visit"]) == (1, 420, None)
    assert second == {
        "id": "town-2",
        "number": 2,
        "services": ["licence-exchange"],
        "open": True,
        "visit": {
            "ticket": called["ticket"],
            "status": "called",
            "service": "licence-exchange",
            "since": "2026-11-24T09:07:00+02:00",
        },
        "served": 0,
        "mean_serving_seconds": None,
    }
    assert third["services"] == ["theory-exam"]
    slots = [slot for slot in day["slots"] if slot["queue"] == "town-main"]
    assert [slot["taken"] for slot in slots[:4]] == [0, 1, 1, 1]
    assert slots[2] == {
        "queue": "town-main",
        "services": ["licence-exchange"],
        "starts_at": "2026-11-24T10:00:00+02:00",
        "capacity": 2,
        "taken": 1,
        "closed": False,
    }


async def test_another_day_is_its_own(hall):
    """A day to come has its bookings, a closed or an unknown one nothing."""
    await hall.awaited("10:00", days=1)
    await hall.arrived("10:00")
    tomorrow = await centre_day(hall, "?date=2026-11-25")
    assert (tomorrow["date"], tomorrow["counts"]["booked"], tomorrow["counts"]["checked_in"]) == ("2026-11-25", 1, 0)
    assert (await centre_day(hall, "?date=2026-11-29"))["slots"] == []
    past = await centre_day(hall, "?date=2026-01-10")
    assert (past["slots"], past["hours"], past["counts"]["booked"]) == ([], [], 0)


async def test_who_may_not_read_does_not(hall):
    """The desk's day: administrators of its centre. The centre's: its manager and admins."""
    bearer = hall.town.stack.bearer
    manager, elsewhere = hall.manager, hall.staff_of("other", "manager")
    expected = {
        "/desks/town-1/day": [(hall.staff, 200), (hall.staff_of("other"), 403), (manager, 403), (hall.terminal, 403)],
        "/desks/town-9/day": [(hall.staff, 404)],
        "/centres/town/day": [(manager, 200), (bearer("admin"), 200), (elsewhere, 403), (hall.staff, 403)],
        "/centres/nowhere/day": [(manager, 404)],
    }
    for path, callers in expected.items():
        assert (await hall.town.booking.get(f"/api/v1{path}")).status_code == 401
        for by, status in callers:
            assert (await hall.town.booking.get(f"/api/v1{path}", headers=by)).status_code == status, path


async def test_a_wrong_date_is_named(hall):
    """422 with the field."""
    for date in ("tomorrow", "2026-02-30", "0001-01-01", "9999-12-31", "2028-01-01"):
        answer = await hall.town.booking.get(f"/api/v1/centres/town/day?date={date}", headers=hall.manager)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert answer.json()["errors"][0]["field"] == "date"
