"""What a pause took away and nobody moved lapses after the window of days, cancelled by the alert: it never counts."""

from datetime import timedelta

from services.testing import eventually

DAY = timedelta(days=1)
WINDOW = 21 * DAY


async def test_after_the_window_it_is_cancelled_by_the_alert_and_the_quota_is_back(town, hall):
    """Until then it stands, and may move: 21 days from the visit."""
    booking = await town.booked(town.citizen(), town.at("10:00"))
    await hall.alert()
    context = town.quota._transport.app.state.context

    async def state():
        rows = await context.db.hot("SELECT state FROM reservation WHERE booking_id = $1", booking["id"])
        return rows[0]["state"]

    await town.healthy()
    assert await state() == "committed"
    town.stack.clock.time = town.at("10:00") + WINDOW - timedelta(seconds=1)
    other = await town.booked(town.citizen(2), town.at("15:00"))
    assert (await hall.read(town.citizen(), booking))["status"] == "confirmed"
    town.stack.clock.advance(timedelta(seconds=1))

    async def lapsed():
        return (await hall.read(town.citizen(), booking))["cancelled_by"] == "alert"

    await eventually(lapsed)

    async def released():
        return await state() == "released"

    await eventually(released)
    assert (await hall.read(town.citizen(2), other))["status"] == "confirmed"
    rows = await hall.rows("SELECT sum(taken)::int AS taken FROM slot")
    assert rows[0]["taken"] == 1
    await town.healthy()


async def test_whoever_waited_and_was_never_called_is_treated_alike(town, hall):
    """A pause until the evening: those who sat in the hall lapse like those who stayed at home, though the pause began
    after the time to check in.
    """
    booking = await town.booked(town.citizen(), town.at("09:20"))
    terminal = town.stack.bearer("terminal", centre="town")
    assert (await hall.post(f"/bookings/{booking['id']}/check-in", who=terminal)).status_code == 200
    await hall.alert()
    town.stack.clock.advance(WINDOW)

    async def lapsed():
        return (await hall.read(town.citizen(), booking))["cancelled_by"] == "alert"

    await eventually(lapsed)
    await town.healthy()


async def test_a_time_that_the_centre_gave_up_makes_no_no_shows(town, hall):
    """Who stays away from a closed centre is not missed; after the window the centre has cancelled it."""
    closed, kept = [await town.booked(town.citizen(index), town.at("10:00", days=index)) for index in (1, 2)]
    path = f"/api/v1/admin/calendar/centres/town/{town.at('10:00', days=1).date()}"
    admin = town.stack.bearer("admin")
    assert (await town.booking.put(path, json={"closed": True}, headers=admin)).is_success

    async def standing(index, booking):
        found = await hall.read(town.citizen(index), booking)
        return found["status"], found["cancelled_by"]

    async def missed():
        return await standing(2, kept) == ("missed", None)

    async def lapsed():
        return await standing(1, closed) == ("cancelled", "centre")

    town.stack.clock.time = town.at("11:00", days=2)
    await eventually(missed)
    assert await standing(1, closed) == ("confirmed", None)
    town.stack.clock.advance(WINDOW)
    await eventually(lapsed)
    await town.healthy()


async def test_what_moved_does_not_lapse(town, hall):
    """The new time stands by itself."""
    moving, staying = [await town.booked(town.citizen(index), town.at("10:00")) for index in (1, 2)]
    await hall.alert()
    moved = await hall.move(town.citizen(1), moving, town.at("10:00", days=20))
    assert moved.status_code == 200
    town.stack.clock.time = town.at("10:00", days=21)

    async def lapsed():
        return (await hall.read(town.citizen(2), staying))["cancelled_by"] == "alert"

    await eventually(lapsed)
    assert (await hall.read(town.citizen(1), moving))["cancelled_by"] is None


async def test_cancelling_what_a_pause_took_away_never_counts(town, hall):
    """Nobody has to wait for the lapse: their own cancellation is the alert's, and the quota is back at once."""
    booking, other = [await town.booked(town.citizen(), town.at(time)) for time in ("10:00", "16:00")]
    await hall.alert()
    who = town.citizen()
    assert (await town.step(who, booking["id"], "cancel")).json()["cancelled_by"] == "alert"
    assert (await town.step(who, other["id"], "cancel")).json()["cancelled_by"] == "applicant"

    async def counts():
        return await town.used(who) == 1

    await eventually(counts)
    await town.healthy()
