"""Events of booking_svc, doubled, late and out of order; orphans, which are freed only after asking."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.contracts import booking
from services.testing import eventually

CANCELLED_IS_FREE = {
    "applicant": "individual",
    "channel": "online",
    "limit": 4,
    "period": "month",
    "cancelled_counts": False,
}


async def test_a_confirmed_booking_keeps_counting_and_is_never_given_back(world: Any) -> None:
    claim = await world.granted()
    await world.confirm(claim)
    assert await world.state(claim) == "committed"
    assert await world.release((claim.booking_id, claim.attempt), (claim.booking_id, None)) == []
    assert await world.used() == 1


async def test_reserving_a_confirmed_booking_again_changes_nothing(world: Any) -> None:
    claim = await world.granted()
    await world.confirm(claim)
    [outcome] = await world.reserve(claim.model_copy(update={"attempt": uuid4()}))
    assert (outcome.outcome, outcome.usage.used) == ("granted", 1)
    assert await world.state(claim) == "committed"


async def test_an_expired_hold_never_counted(world: Any) -> None:
    claims = [await world.granted() for _ in range(4)]
    await world.publish(*(world.event(booking.BookingExpired, claim) for claim in claims))
    assert [await world.state(claim) for claim in claims] == ["released"] * 4
    assert await world.used() == 0


async def test_what_the_applicant_cancels_still_counts_where_the_policy_says_so(world: Any) -> None:
    claims = [await world.granted() for _ in range(4)]
    await world.confirm(*claims)
    await world.cancel(claims[0])
    assert await world.state(claims[0]) == "cancelled_counts"
    refused = await world.refused()
    assert claims[0].booking_id in refused.refusal.counting


async def test_what_the_applicant_cancels_is_free_again_where_the_policy_says_so(world: Any) -> None:
    await world.policies(CANCELLED_IS_FREE)
    claims = [await world.granted() for _ in range(4)]
    await world.confirm(*claims)
    await world.cancel(claims[0])
    assert await world.state(claims[0]) == "released"
    await world.granted()


async def test_a_hold_that_is_cancelled_before_it_was_confirmed_never_counted(world: Any) -> None:
    claim = await world.granted()
    await world.cancel(claim, was="held")
    assert (await world.state(claim), await world.used()) == ("released", 0)


@pytest.mark.parametrize("by", ["centre", "alert"])
@pytest.mark.parametrize("was", ["held", "confirmed"])
async def test_what_the_centre_or_an_alert_cancels_never_counts(world: Any, by: str, was: str) -> None:
    claim = await world.granted()
    if was == "confirmed":
        await world.confirm(claim)
    await world.cancel(claim, by=by, was=was)
    assert (await world.state(claim), await world.used()) == ("released", 0)


async def test_the_same_event_twice_has_one_effect(world: Any) -> None:
    """By the inbox; and by the rules, where another event says the same."""
    claim = await world.granted()
    await world.confirm(claim, repeat=2)
    await world.cancel(claim, by="centre", repeat=2)
    await world.cancel(claim, by="centre")
    assert (await world.state(claim), await world.used()) == ("released", 0)
    assert await world.store.fetchval("SELECT count(*) FROM ledger") == 2


async def test_a_cancellation_may_come_before_the_confirmation(world: Any) -> None:
    kept, freed = await world.granted(), await world.granted()
    await world.cancel(kept)
    await world.cancel(freed, by="centre")
    await world.confirm(kept, freed)
    assert [await world.state(kept), await world.state(freed)] == ["cancelled_counts", "released"]
    assert await world.used() == 1
    assert not any("released" in finding for finding in await world.findings())


async def test_a_confirmation_after_a_release_is_a_breach_that_doctor_reports(world: Any, bookings: Any) -> None:
    claim = await world.granted()
    await world.release((claim.booking_id, None))
    await world.confirm(claim)
    bookings.know(claim.booking_id, "unknown")
    assert await world.findings() == [f"booking {claim.booking_id}: confirmed after its reservation was released"]


async def test_a_confirmation_without_a_reservation_is_a_dead_letter_and_spoils_no_other(
    world: Any, bookings: Any
) -> None:
    claim, lost = await world.granted(), world.claim()
    await world.confirm(lost, claim)
    assert await world.state(claim) == "committed"
    bookings.know(claim.booking_id, "confirmed")
    [finding] = await world.findings()
    assert f"no reservation for the confirmed booking {lost.booking_id}" in finding


async def test_a_refused_attempt_gives_back_its_own_reservation_only(world: Any) -> None:
    claim = await world.granted()
    await world.reserve(second := claim.model_copy(update={"attempt": uuid4()}))

    async def refuse(attempt: Any) -> None:
        event = booking.BookingRefused(booking_id=claim.booking_id, attempt=attempt, at=world.clock.now())
        await world.publish(event, repeat=2)

    await refuse(claim.attempt)
    assert await world.state(claim) == "reserved"
    await refuse(second.attempt)
    assert (await world.state(claim), await world.used()) == ("released", 0)


async def test_a_refused_attempt_does_not_free_what_another_has_confirmed(world: Any) -> None:
    claim = await world.granted()
    await world.confirm(claim)
    await world.publish(
        booking.BookingRefused(booking_id=claim.booking_id, attempt=claim.attempt, at=world.clock.now())
    )
    assert await world.state(claim) == "committed"


async def test_events_of_bookings_that_were_never_reserved_here_are_passed_over(world: Any) -> None:
    stranger = world.claim()
    await world.cancel(stranger)
    await world.publish(world.event(booking.BookingExpired, stranger))
    await world.publish(booking.BookingRefused(booking_id=uuid4(), attempt=uuid4(), at=world.clock.now()))
    assert await world.used() == 0


async def test_a_pack_of_many_events_frees_each_ones_place(world: Any) -> None:
    claims = [await world.granted(keys=[f"v1:{n % 7}"], channel="terminal") for n in range(28)]
    await world.publish(*(world.event(booking.BookingExpired, claim) for claim in claims))
    assert await world.used() == 0
    assert await world.store.fetchval("SELECT count(*) FROM ledger") == 56


async def test_a_lowered_limit_breaks_nothing_and_holds_for_the_next_booking(world: Any) -> None:
    claims = [await world.granted() for _ in range(3)]
    await world.policies({"applicant": "individual", "channel": "online", "limit": 2, "period": "month"})
    await world.confirm(*claims)
    assert (await world.refused()).refusal.limit == 2
    await world.cancel(claims[0], by="centre")
    await world.cancel(claims[1], by="centre")
    await world.granted()


async def test_a_raised_limit_is_there_at_once(world: Any) -> None:
    for _ in range(4):
        await world.granted()
    await world.refused()
    await world.policies({"applicant": "individual", "channel": "online", "limit": 5, "period": "month"})
    await world.granted()
    await world.refused()


async def test_policies_imported_again_change_nothing(world: Any) -> None:
    before = await world.store.fetch("SELECT * FROM policy ORDER BY id")
    await world.policies()
    after = await world.store.fetch("SELECT * FROM policy ORDER BY id")
    assert [dict(row) for row in before] == [dict(row) for row in after]


async def test_a_later_policy_ends_the_earlier_one_the_day_before(world: Any) -> None:
    rule = {"applicant": "individual", "channel": "online", "limit": 1, "period": "month"}
    await world.policies(rule, valid_from=date(2026, 12, 1))
    await world.policies()  # the first document again, whose policy has no end
    await world.granted(visit_date=date(2026, 12, 1))
    assert (await world.refused(visit_date=date(2026, 12, 2))).refusal.limit == 1
    [outcome] = await world.reserve(world.claim(visit_date=date(2026, 11, 30)))
    assert outcome.usage.limit == 4


async def test_a_limit_a_day_counts_what_was_booked_under_the_limit_a_month(world: Any) -> None:
    claims = [await world.granted(visit_date=date(2026, 11, day)) for day in (25, 25, 26)]
    daily = {"applicant": "individual", "channel": "online", "limit": 1, "period": "day"}
    await world.policies(daily)
    assert set((await world.refused()).refusal.counting) == {claim.booking_id for claim in claims[:2]}
    await world.granted(visit_date=date(2026, 11, 27))
    await world.hold_together()
    await world.policies()
    assert (await world.refused()).refusal.used == 4


async def test_policies_change_while_bookings_are_made(world: Any) -> None:
    """Whatever the moment: each booking counts in exactly one period, and none twice."""
    rules = [
        {"applicant": "individual", "channel": "online", "limit": 50, "period": period}
        for period in ("day", "month") * 4
    ]

    async def book() -> None:
        for _ in range(10):
            claim = await world.granted()
            await world.release((claim.booking_id, claim.attempt))
            await world.granted()

    async def change() -> None:
        for rule in rules:
            await world.policies(rule)

    await asyncio.gather(*(book() for _ in range(4)), change())
    assert await world.used() == 40


async def test_an_orphan_is_freed_once_booking_svc_says_that_it_knows_no_such_booking(
    world: Any, bookings: Any
) -> None:
    claim = await world.granted()
    world.clock.advance(timedelta(minutes=5))
    await asyncio.sleep(1.2)
    assert bookings.asked == []  # the event of a normal expiry may be under way
    world.clock.advance(timedelta(seconds=1))
    await eventually(lambda: is_state(world, claim, "released"))
    assert bookings.asked == [claim.booking_id]


@pytest.mark.parametrize(
    ("standing", "result"),
    [
        ({"state": "expired"}, "released"),
        ({"state": "confirmed"}, "committed"),
        ({"state": "cancelled", "cancelled_by": "centre", "was_confirmed": True}, "released"),
        ({"state": "cancelled", "cancelled_by": "applicant", "was_confirmed": True}, "cancelled_counts"),
        ({"state": "cancelled", "cancelled_by": "applicant", "was_confirmed": False}, "released"),
    ],
)
async def test_an_orphan_becomes_what_its_booking_is(
    world: Any, bookings: Any, standing: dict[str, Any], result: str
) -> None:
    claim = await world.granted()
    bookings.know(claim.booking_id, **standing)
    world.clock.advance(timedelta(minutes=6))
    await eventually(lambda: is_state(world, claim, result))


async def test_a_booking_that_is_still_held_is_asked_about_again(world: Any, bookings: Any) -> None:
    claim = await world.granted()
    bookings.know(claim.booking_id, "held")
    world.clock.advance(timedelta(minutes=6))
    await eventually(lambda: is_asked(bookings, 1))
    await asyncio.sleep(1.2)
    assert bookings.asked == [claim.booking_id]
    bookings.know(claim.booking_id, "expired")
    world.clock.advance(timedelta(seconds=6))
    await eventually(lambda: is_state(world, claim, "released"))


async def test_nothing_is_freed_while_booking_svc_does_not_answer(world: Any) -> None:
    claim = await world.granted()
    world.clock.advance(timedelta(minutes=10))
    await asyncio.sleep(1.5)
    assert (await world.state(claim), await world.used()) == ("reserved", 1)


async def test_more_orphans_than_one_question_takes_are_all_resolved(world: Any, bookings: Any) -> None:
    claims = [world.claim(keys=[f"v1:{n}"]) for n in range(450)]
    assert {outcome.outcome for outcome in await world.reserve(*claims)} == {"granted"}
    world.clock.advance(timedelta(minutes=6))
    await eventually(lambda: is_unused(world))
    assert sorted(bookings.asked) == sorted(claim.booking_id for claim in claims)


async def is_state(world: Any, claim: Any, state: str) -> bool:
    return bool(await world.state(claim) == state)


async def is_asked(bookings: Any, times: int) -> bool:
    return len(bookings.asked) >= times


async def is_unused(world: Any) -> bool:
    return bool(await world.used() == 0)
