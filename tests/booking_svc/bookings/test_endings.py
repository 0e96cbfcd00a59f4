"""Cancelled, expired, given back: the place at once, the quota by its rule."""

from datetime import timedelta
from uuid import uuid4

from services.contracts.booking import Resolve, States
from services.contracts.quota import Claim, Granted, Reserve
from services.testing import eventually


async def test_a_cancelled_hold_never_counted(town):
    """Place and quota are back before the answer arrives."""
    who = town.citizen()
    held = (await town.hold(who, town.at("10:00", days=1))).json()
    answer = await town.step(who, held["id"], "cancel")
    assert (answer.status_code, answer.json()["status"]) == (200, "cancelled")
    assert await town.used(who) == 0
    await town.healthy()


async def test_a_cancelled_booking_still_counts_by_the_policy(town):
    """`cancelled_counts`: the place is free again, the use stays."""
    who = town.citizen()
    booking = await town.booked(who, town.at("10:00", days=1))
    await town.step(who, booking["id"], "cancel")
    await town.healthy()
    assert await town.used(who) == 1


async def test_a_booking_cancelled_by_the_centre_never_counts(town):
    """An administrator of the centre cancels: the citizen's quota is given back."""
    who = town.citizen()
    booking = await town.booked(who, town.at("10:00", days=1))
    staff = town.stack.bearer("administrator", centre="town", organisation="hsc")
    answer = await town.step(staff, booking["id"], "cancel")
    assert answer.json()["cancelled_by"] == "centre"

    async def given_back():
        return await town.used(who) == 0

    await eventually(given_back)
    await town.healthy()


async def test_a_second_cancel_says_so(town):
    """409 already_cancelled, and nothing changes."""
    who = town.citizen()
    held = (await town.hold(who, town.at("10:00", days=1))).json()
    await town.step(who, held["id"], "cancel")
    for step in ("cancel", "confirm"):
        answer = await town.step(who, held["id"], step)
        assert (answer.status_code, answer.json()["code"]) == (409, "already_cancelled")


async def test_a_hold_can_be_confirmed_until_the_instant_it_expires(town):
    """One microsecond before: yes. At the instant itself: no."""
    who = town.citizen()
    first, second = [(await town.hold(who, town.at(time, days=1))).json()["id"] for time in ("10:00", "10:20")]
    town.stack.clock.advance(timedelta(minutes=5) - timedelta(microseconds=1))
    assert (await town.step(who, first, "confirm")).status_code == 200
    town.stack.clock.advance(timedelta(microseconds=1))
    late = await town.step(who, second, "confirm")
    assert (late.status_code, late.json()["code"]) == (409, "hold_expired")


async def test_an_expired_hold_gives_its_place_back(town):
    """The job does it without anybody asking; it never counted."""
    who = town.citizen()
    held = (await town.hold(who, town.at("10:00", days=1))).json()
    town.stack.clock.advance(timedelta(minutes=5))

    async def expired():
        answer = await town.booking.get(f"/api/v1/bookings/{held['id']}", headers=who)
        return answer.json()["status"] == "expired" and await town.used(who) == 0

    await eventually(expired)
    late = await town.step(who, held["id"], "cancel")
    assert late.json()["code"] == "hold_expired"
    await town.healthy()


async def test_a_called_visitor_cannot_cancel(town):
    """409 illegal_transition once the desk has called."""
    who = town.citizen()
    booking = await town.booked(who, town.at("10:00", days=1))
    context = town.booking._transport.app.state.context
    await context.db.hot(
        "UPDATE booking SET status = 'called', checked_in_at = $2, desk = 'town-1', called_at = $2, calls = 1"
        " WHERE id = $1",
        booking["id"],
        town.stack.clock.now(),
    )
    answer = await town.step(who, booking["id"], "cancel")
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")


async def test_what_is_unknown_is_buried_and_stays_unknown(town):
    """After quota_svc was told `unknown`, a stalled hold of that id can no longer be committed."""
    context = town.quota._transport.app.state.context
    buried = uuid4()
    (standing,) = (await context.bus.ask(Resolve(booking_ids=[buried]))).standings
    assert standing.state == "unknown"
    booking_context = town.booking._transport.app.state.context
    rows = await booking_context.db.hot("SELECT status FROM booking WHERE id = $1", buried)
    assert [row["status"] for row in rows] == ["void"]
    (again,) = (await context.bus.ask(States(booking_ids=[buried]))).standings
    assert again.state == "unknown"


async def test_a_reservation_that_never_became_a_booking_is_given_back_after_its_end(town):
    """booking_svc died between quota and slot: past the expiry quota_svc asks, then frees."""
    who, now = town.citizen(), town.stack.clock.now()
    context = town.booking._transport.app.state.context
    claim = Claim(
        booking_id=uuid4(),
        attempt=uuid4(),
        organisation="hsc",
        kind="individual",
        channel="online",
        keys=context.privacy.keys("rnokpp", town.number(1)),
        visit_date=now.date(),
        expires_at=now + timedelta(minutes=5),
    )
    (outcome,) = (await context.bus.ask(Reserve(claims=[claim]))).results
    assert isinstance(outcome, Granted)
    town.stack.clock.advance(timedelta(minutes=10))

    async def freed():
        rows = await context.db.hot("SELECT 1 FROM booking WHERE id = $1 AND status = 'void'", claim.booking_id)
        return bool(rows)

    await eventually(freed)
    await town.healthy()
    assert await town.used(who) == 0
