"""Reserving and giving back, on real PostgreSQL and NATS."""

import asyncio
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest

from quota_svc import app
from quota_svc.settings import Settings
from services.contracts.quota import Failed, Granted, Refused
from services.testing import eventually


async def test_a_reservation_says_how_much_of_which_limit_is_used_and_when_it_renews(world: Any) -> None:
    [outcome] = await world.reserve(claim := world.claim())
    assert isinstance(outcome, Granted)
    assert (outcome.booking_id, outcome.attempt) == (claim.booking_id, claim.attempt)
    assert outcome.usage.model_dump(mode="json") == {
        "organisation": "hsc",
        "channel": "online",
        "limit": 4,
        "used": 1,
        "period": "2026-11",
        "renews_at": "2026-12-01T00:00:00+02:00",
    }


async def test_the_fifth_booking_of_a_month_is_refused_with_the_rule_and_what_counts(world: Any) -> None:
    claims = [await world.granted(visit_date=date(2026, 11, day)) for day in (24, 25, 26, 27)]
    refused = await world.refused()
    assert refused.refusal.model_dump(mode="json") == {
        "rule": "hsc/individual/online/month",
        "organisation": "hsc",
        "channel": "online",
        "limit": 4,
        "used": 4,
        "period": "2026-11",
        "renews_at": "2026-12-01T00:00:00+02:00",
        "counting": [str(claim.booking_id) for claim in claims],
    }


async def test_one_citizen_racing_for_24_bookings_gets_exactly_four(world: Any) -> None:
    claims = [world.claim() for _ in range(24)]
    answers = await asyncio.gather(*(world.reserve(claim) for claim in claims))
    outcomes = [outcome for [outcome] in answers]
    assert sum(isinstance(outcome, Granted) for outcome in outcomes) == 4
    assert sum(isinstance(outcome, Refused) for outcome in outcomes) == 20
    assert await world.used() == 4


async def test_one_citizen_racing_through_two_processes_gets_exactly_four(world: Any) -> None:
    second = app.create(world.stack.settings(Settings, "quota"), clock=world.clock)
    async with world.stack.running(second):
        answers = await asyncio.gather(*(world.reserve(world.claim()) for _ in range(64)))
    assert sum(isinstance(outcome, Granted) for [outcome] in answers) == 4
    assert sum(isinstance(outcome, Refused) for [outcome] in answers) == 60


async def test_claims_of_many_and_of_the_same_person_in_one_request_are_answered_in_their_order(world: Any) -> None:
    claims = [world.claim(keys=[f"v1:{person}"]) for person in ("a", "b", "a", "a", "c", "a", "a", "b")]
    outcomes = await world.reserve(*claims)
    assert [outcome.booking_id for outcome in outcomes] == [claim.booking_id for claim in claims]
    assert [outcome.outcome for outcome in outcomes] == ["granted"] * 6 + ["refused", "granted"]


async def test_a_booking_id_counts_once_however_often_it_is_reserved(world: Any) -> None:
    claim = await world.granted()
    again = claim.model_copy(update={"attempt": uuid4()})
    [outcome] = await world.reserve(again)
    assert isinstance(outcome, Granted)
    assert outcome.attempt == again.attempt
    assert outcome.usage.used == 1
    assert await world.used() == 1


async def test_twins_of_one_booking_id_in_two_processes_count_once(world: Any) -> None:
    """Also when a twin is reserved just between the other's look and its writing."""
    second = app.create(world.stack.settings(Settings, "quota"), clock=world.clock)
    async with world.stack.running(second):
        for _ in range(20):
            first = world.claim(keys=[f"v1:{uuid4()}"])
            twins = [first.model_copy(update={"attempt": uuid4()}) for _ in range(6)]
            answers = await asyncio.gather(*(world.reserve(twin) for twin in twins))
            assert [outcome.outcome for [outcome] in answers] == ["granted"] * 6
    assert await world.used() == 20


async def test_a_twin_that_was_faster_undoes_the_count_of_the_slower_one(world: Any) -> None:
    """The slower one waits for the usage row while the faster one, whose snapshot it cannot see, takes the id."""
    await world.granted()
    claim = world.claim()
    url = world.stack.database_url("quota")
    blocker = await asyncpg.connect(url)
    try:
        async with blocker.transaction():
            await blocker.execute("SELECT FROM usage FOR UPDATE")
            waiting = asyncio.create_task(world.reserve(claim))
            await eventually(lambda: blocked(world.store))
            await blocker.execute(TWIN, claim.booking_id, uuid4(), world.clock.now())
        [outcome] = await waiting
    finally:
        await blocker.close()
    assert isinstance(outcome, Granted)
    assert outcome.usage.used == 2
    assert await world.used() == 2


async def blocked(store: Any) -> bool:
    return bool(await store.fetchval("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"))


TWIN = """
WITH counted AS (
    UPDATE usage SET used = used + 1 RETURNING *
),
written AS (
    INSERT INTO ledger (booking_id, applicant_key, organisation, kind, channel, period, period_start, delta, reason, at)
    SELECT $1, applicant_key, organisation, kind, channel, period, period_start, 1, 'reserved', $3 FROM counted
)
INSERT INTO reservation (booking_id, attempts, applicant_key, organisation, kind, channel, period, period_start,
    visit_date, cancelled_counts, state, expires_at, ask_at, created_at, changed_at)
SELECT $1, ARRAY[$2::uuid], applicant_key, organisation, kind, channel, period, period_start, '2026-11-25', true,
    'reserved', $3 + interval '5 min', $3 + interval '5 min', $3, $3
FROM counted
"""


async def test_a_legal_entity_has_four_online_and_six_at_the_terminal_each_day(world: Any) -> None:
    entity = {"kind": "legal_entity", "keys": ["v1:firm"]}
    for _ in range(4):
        await world.granted(**entity)
    for _ in range(6):
        await world.granted(**entity, channel="terminal")
    online, terminal = await world.refused(**entity), await world.refused(**entity, channel="terminal")
    assert (online.refusal.limit, online.refusal.period) == (4, "2026-11-25")
    assert (terminal.refusal.limit, terminal.refusal.period) == (6, "2026-11-25")
    assert terminal.refusal.renews_at.isoformat() == "2026-11-26T00:00:00+02:00"
    await world.granted(**entity, visit_date=date(2026, 11, 26))


async def test_a_booking_counts_in_the_month_of_its_visit(world: Any) -> None:
    for _ in range(4):
        await world.granted(visit_date=date(2026, 11, 30))
    [outcome] = await world.reserve(world.claim(visit_date=date(2026, 12, 1)))
    assert (outcome.usage.used, outcome.usage.period) == (1, "2026-12")
    assert outcome.usage.renews_at.isoformat() == "2027-01-01T00:00:00+02:00"


async def test_organisations_and_persons_do_not_share_their_limits(world: Any) -> None:
    await world.organisation("lublin-bom", "Europe/Warsaw")
    await world.policies(organisation="lublin-bom")
    for _ in range(4):
        await world.granted()
    await world.granted(keys=["v1:taras"])
    [outcome] = await world.reserve(world.claim(organisation="lublin-bom"))
    assert outcome.usage.renews_at.isoformat() == "2026-12-01T00:00:00+01:00"


async def test_without_a_policy_there_is_no_limit_and_what_was_booked_counts_once_there_is_one(world: Any) -> None:
    await world.organisation("kovel")
    for _ in range(7):
        [outcome] = await world.reserve(world.claim(organisation="kovel"))
        assert outcome.usage.limit is None
    assert outcome.usage.used == 7
    await world.policies(organisation="kovel")
    assert (await world.refused(organisation="kovel")).refusal.used == 7


async def test_an_organisation_that_is_not_known_yet_does_not_stop_bookings(world: Any) -> None:
    [outcome] = await world.reserve(world.claim(organisation="new-city"))
    assert (outcome.usage.limit, outcome.usage.renews_at) == (None, None)


async def test_a_limit_of_nothing_refuses_the_first(world: Any) -> None:
    await world.policies({"applicant": "individual", "channel": "online", "limit": 0, "period": "month"})
    refused = await world.refused()
    assert (refused.refusal.limit, refused.refusal.used, refused.refusal.counting) == (0, 0, [])


async def test_what_is_given_back_can_be_reserved_again(world: Any) -> None:
    claims = [await world.granted() for _ in range(4)]
    await world.refused()
    assert await world.release((claims[0].booking_id, claims[0].attempt)) == [claims[0].booking_id]
    assert await world.release((claims[0].booking_id, claims[0].attempt)) == []
    await world.granted()
    await world.refused()


async def test_a_reservation_lives_until_the_last_attempt_gives_it_back(world: Any) -> None:
    first = await world.granted()
    [_] = await world.reserve(second := first.model_copy(update={"attempt": uuid4()}))
    assert await world.release((first.booking_id, first.attempt)) == []
    assert await world.state(first) == "reserved"
    assert await world.release((second.booking_id, second.attempt)) == [first.booking_id]
    assert await world.state(first) == "released"


async def test_giving_back_for_all_frees_it_at_once_and_an_unknown_booking_is_no_error(world: Any) -> None:
    claim = await world.granted()
    await world.reserve(claim.model_copy(update={"attempt": uuid4()}))
    assert await world.release((uuid4(), None), (claim.booking_id, None)) == [claim.booking_id]


async def test_an_attempt_that_never_reserved_frees_nothing(world: Any) -> None:
    claim = await world.granted()
    assert await world.release((claim.booking_id, uuid4())) == []
    assert await world.state(claim) == "reserved"


async def test_a_released_booking_is_reserved_again_under_the_same_id(world: Any) -> None:
    claim = await world.granted()
    await world.release((claim.booking_id, claim.attempt))
    again = claim.model_copy(update={"attempt": uuid4()})
    [outcome] = await world.reserve(again)
    assert (outcome.attempt, outcome.usage.used) == (again.attempt, 1)
    assert await world.release((claim.booking_id, claim.attempt)) == []
    assert await world.used() == 1


async def test_one_request_may_hold_several_attempts_of_one_booking(world: Any) -> None:
    claim = await world.granted()
    [_] = await world.reserve(second := claim.model_copy(update={"attempt": uuid4()}))
    both = ((claim.booking_id, claim.attempt), (claim.booking_id, second.attempt))
    assert await world.release(*both) == [claim.booking_id]


async def test_a_new_attempt_keeps_the_reservation_for_as_long_as_it_needs(world: Any, bookings: Any) -> None:
    claim = await world.granted()
    world.clock.advance(timedelta(minutes=4))
    later = claim.model_copy(update={"attempt": uuid4(), "expires_at": world.clock.now() + timedelta(minutes=5)})
    [_] = await world.reserve(later)
    world.clock.advance(timedelta(minutes=2))
    await asyncio.sleep(1.2)
    assert bookings.asked == []


async def test_a_claim_that_is_read_after_its_expiry_counts_nothing(world: Any) -> None:
    on_time = world.claim()
    outcomes = await world.reserve(world.claim(expires_at=world.clock.now()), on_time)
    assert [outcome.outcome for outcome in outcomes] == ["failed", "granted"]
    assert isinstance(outcomes[0], Failed)
    assert outcomes[0].reason == "late"
    assert await world.used() == 1


async def test_after_the_rotation_of_keys_an_applicants_bookings_still_count(world: Any) -> None:
    before = [await world.granted(keys=["v1:olena"]) for _ in range(3)]
    rotated = {"keys": ["v2:olena", "v1:olena"]}
    fourth = await world.granted(**rotated)
    refused = await world.refused(**rotated)
    assert set(refused.refusal.counting) == {claim.booking_id for claim in [*before, fourth]}
    await world.granted(**rotated, visit_date=date(2026, 12, 1))
    keys = await world.store.fetch("SELECT applicant_key FROM usage ORDER BY period_start")
    assert [row[0] for row in keys] == ["v1:olena", "v2:olena"]


async def test_the_ledger_cannot_be_changed(world: Any) -> None:
    await world.granted()
    for statement in ("UPDATE ledger SET delta = -1", "DELETE FROM ledger", "TRUNCATE ledger"):
        with pytest.raises(asyncpg.RaiseError, match="append-only"):
            await world.store.execute(statement)


async def test_the_store_refuses_more_than_was_granted(world: Any) -> None:
    await world.granted()
    with pytest.raises(asyncpg.CheckViolationError):
        await world.store.execute("UPDATE usage SET used = 5")
    with pytest.raises(asyncpg.CheckViolationError):
        await world.store.execute("UPDATE usage SET used = -1")


async def test_a_store_that_does_not_answer_is_a_failure_and_no_refusal(world: Any) -> None:
    await world.store.execute("ALTER TABLE usage RENAME TO gone")
    [outcome] = await world.reserve(world.claim())
    await world.store.execute("ALTER TABLE gone RENAME TO usage")
    assert (outcome.outcome, outcome.reason) == ("failed", "unavailable")
    await world.granted()
