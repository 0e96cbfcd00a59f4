"""Who does not come four times in a month books no more online, until an administrator lifts it (domain.md §2)."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import asyncpg
import pytest
import pytest_asyncio

from quota_svc.domain import NoShow, over_limit
from quota_svc.handlers import blocking, checking
from services.contracts import visits
from services.contracts.quota import Blocked
from services.privacy import Privacy
from services.testing import SECRETS

NUMBER, DOCUMENT = "1234567899", "PL:passport:AB1234567"
PRIVACY = Privacy(SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
ROTATED = Privacy("2:" + "33" * 32 + "," + SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
ME = {"keys": PRIVACY.keys("rnokpp", NUMBER)}
DECEMBER = {"visit_date": date(2026, 12, 3)}
LIMITS = [
    {"applicant": "individual", "channel": "online", "limit": 90, "period": "month", "no_show_limit": 4},
    {"applicant": "individual", "channel": "terminal", "limit": 90, "period": "month"},
    {"applicant": "legal_entity", "channel": "online", "limit": 90, "period": "day"},
    {"applicant": "legal_entity", "channel": "terminal", "limit": 90, "period": "day"},
]


@pytest_asyncio.fixture
async def town(world: Any) -> Any:
    """`hsc` blocks after four no-shows; bookings are hardly limited."""
    await world.policies(*LIMITS)
    return world


async def unblock(world: Any, *roles: str, organisation: str = "hsc", **body: Any) -> Any:
    by = world.stack.bearer(*roles or ("administrator",), sub="admin-7", organisation=organisation, centre="hsc-0741")
    standard = {"number": NUMBER, "organisation": "hsc", "reason": "Прийшов з паспортом"}
    content = {key: value for key, value in (standard | body).items() if value is not None}
    return await world.client.post("/api/v1/quota/unblock", json=content, headers=by)


async def blocked(world: Any, language: str = "uk", **claims: Any) -> Any:
    """What the person is told."""
    headers = world.citizen(**claims) | {"Accept-Language": language}
    answer = await world.client.get("/api/v1/quota?organisation=hsc", headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()["blocked"]


async def apply(world: Any, *events: visits.VisitMissed) -> None:
    """As a process of its own would: in its own transaction."""
    context = world.client._transport.app.state.context
    async with context.db.begin() as session:
        await blocking.missed(session, events, now=world.clock.now())


# The rule.


def no_show(at: datetime, day: int = 1) -> NoShow:
    return NoShow(uuid4(), date(2026, 11, day), f"centre-{day}", at)


def test_so_many_as_the_limit_are_too_many_and_those_before_an_unblocking_are_forgiven() -> None:
    """In the order of the visits, whatever the order in which they were told."""
    at = datetime(2026, 11, 24, 9, tzinfo=UTC)
    four = [no_show(at + timedelta(hours=hour), day) for hour, day in enumerate((4, 2, 3, 1))]
    assert over_limit(four[:3], limit=4, forgiven_until=None) is None
    assert over_limit(four, limit=None, forgiven_until=None) is None
    reached = over_limit(four, limit=4, forgiven_until=None)
    assert [one.visit_date.day for one in reached or ()] == [1, 2, 3, 4]
    assert over_limit(four, limit=4, forgiven_until=at) is None, "the first of them was before"
    assert over_limit(four, limit=3, forgiven_until=at) is not None


# What closes online booking, and for whom.


async def test_the_fourth_no_show_of_a_month_closes_online_booking(town: Any) -> None:
    """Not the third. The terminal, other people, and firms go on booking."""
    await town.no_shows(3, **ME)
    assert (await town.outcome(**ME), await blocked(town)) == ("granted", None)
    [last] = await town.no_shows(1, **ME)
    [outcome] = await town.reserve(town.claim(**ME))
    assert isinstance(outcome, Blocked)
    assert outcome.block.model_dump() | {"missed": len(outcome.block.missed)} == {
        "since": town.clock.now(),
        "no_shows": 4,
        "period": "2026-11",
        "centre": "hsc-0741",
        "missed": 4,
    }
    assert outcome.block.since.isoformat() == "2026-11-24T09:00:00+02:00"
    assert last.booking_id in outcome.block.missed
    assert await town.outcome(**ME, channel="terminal") == "granted"
    assert await town.outcome(keys=["v1:another"]) == "granted"
    assert await town.outcome(**ME, kind="legal_entity") == "granted"
    assert await town.used() == 4, "a refusal counts nothing"


async def test_the_person_is_told_since_when_why_and_what_to_do(town: Any) -> None:
    claims = await town.no_shows(4, **ME)
    told = [await blocked(town, language) for language in ("uk", "en", "pl")]
    assert len({one["reason"] for one in told}) == len({one["unblock"] for one in told}) == 3
    assert all("2026-11" in one["reason"] and "hsc-0741" in one["unblock"] for one in told)
    assert told[0]["since"] == "2026-11-24T09:00:00+02:00"
    assert set(told[0]["missed"]) == {str(claim.booking_id) for claim in claims}
    assert await blocked(town, number="2472202757") is None


async def test_no_shows_of_every_channel_count_but_of_individuals_only(town: Any) -> None:
    """An operator's bookings come as the terminal's."""
    await town.no_shows(2, **ME, channel="terminal")
    await town.no_shows(5, **ME, kind="legal_entity")
    await town.no_shows(1, **ME)
    assert await town.outcome(**ME) == "granted"
    claim = await town.granted(**ME, channel="terminal")
    await town.missed(claim, channel="operator", because="did_not_come", desk="hsc-0741-1")
    assert await town.outcome(**ME) == "blocked"
    assert await town.store.fetchval("SELECT count(*) FROM no_show") == 4


async def test_each_month_counts_for_itself(town: Any) -> None:
    """By the date of the visit, however late it is told; a block outlives its month."""
    late = await town.granted(**ME)
    await town.no_shows(3, **ME, **DECEMBER)
    await town.no_shows(2, **ME)
    assert await town.outcome(**ME) == "granted"
    await town.no_shows(1, **ME)
    town.clock.advance(timedelta(days=20))
    await town.missed(late)
    assert [await town.outcome(**ME, visit_date=date(2027, month, 1)) for month in (1, 2)] == ["blocked"] * 2
    assert (await blocked(town))["period"] == "2026-11"


async def test_the_last_day_of_a_month_and_the_first_of_the_next_are_two_months(town: Any) -> None:
    for day in (date(2026, 11, 30), date(2026, 12, 1)):
        await town.no_shows(3, **ME, visit_date=day)
    assert await town.outcome(**ME) == "granted"


async def test_a_visit_that_moved_counts_in_the_month_that_it_moved_to(town: Any) -> None:
    """Its quota stays where it was; the visit was missed where it is now."""
    moved = await town.granted(**ME)
    await town.no_shows(3, **ME)
    await town.missed(moved, **DECEMBER)
    assert await town.outcome(**ME) == "granted"
    await town.no_shows(1, **ME)
    assert await town.outcome(**ME) == "blocked"


async def test_each_organisation_counts_for_itself(town: Any) -> None:
    await town.organisation("kovel")
    await town.policies(*LIMITS, organisation="kovel")
    await town.no_shows(3, **ME)
    await town.no_shows(3, **ME, organisation="kovel")
    assert await town.outcome(**ME) == "granted"
    await town.no_shows(1, **ME, organisation="kovel")
    assert [await town.outcome(**ME, organisation=one) for one in ("hsc", "kovel")] == ["granted", "blocked"]


async def test_without_a_limit_nobody_is_blocked_and_with_a_new_one_the_next_no_show_counts_all(town: Any) -> None:
    await town.policies(LIMITS[0] | {"no_show_limit": None})
    await town.no_shows(5, **ME)
    assert await town.outcome(**ME) == "granted"
    await town.policies(LIMITS[0] | {"no_show_limit": 6})
    await town.no_shows(1, **ME)
    assert await town.outcome(**ME) == "blocked"


async def test_a_booking_from_before_the_block_is_granted_to_a_retry(town: Any) -> None:
    before = await town.granted(**ME)
    await town.no_shows(4, **ME)
    [outcome] = await town.reserve(before.model_copy(update={"attempt": uuid4()}))
    assert outcome.outcome == "granted"


async def test_a_rotated_key_does_not_lift_a_block(town: Any) -> None:
    """Reserving, reading and unblocking try every live version."""
    await town.no_shows(4, **ME)
    both = {"keys": ROTATED.keys("rnokpp", NUMBER)}
    assert [await town.outcome(**both), await town.outcome(**both, **DECEMBER)] == ["blocked", "blocked"]
    town.client._transport.app.state.context.privacy = ROTATED
    assert await blocked(town)
    assert (await unblock(town)).status_code == 200
    assert [await town.outcome(**both), await blocked(town)] == ["granted", None]


# Events: once, doubled, late, out of order, at the same moment.


async def test_a_no_show_counts_once_however_often_it_is_told(town: Any) -> None:
    """By the inbox; and by the booking, where another event says the same."""
    claims = [await town.granted(**ME) for _ in range(3)]
    await town.missed(*claims, repeat=2)
    await town.missed(*claims)
    assert await town.outcome(**ME) == "granted"
    assert await town.store.fetchval("SELECT count(*) FROM no_show") == 3


async def test_a_no_show_may_come_before_its_confirmation(town: Any) -> None:
    claims = [await town.granted(**ME) for _ in range(4)]
    await town.missed(*reversed(claims))
    await town.confirm(*claims)
    assert await town.outcome(**ME) == "blocked"
    assert {await town.state(claim) for claim in claims} == {"committed"}


async def test_a_visit_that_was_never_reserved_is_a_dead_letter_and_spoils_no_other(town: Any) -> None:
    claims, lost = [await town.granted(**ME) for _ in range(4)], town.claim(**ME)
    await town.missed(lost, *claims)
    assert await town.outcome(**ME) == "blocked"
    reason = await town.store.fetchval("SELECT reason FROM dead_letter")
    assert f"no reservation for the missed visit {lost.booking_id}" in reason


async def test_four_processes_that_count_at_the_same_moment_make_one_block(town: Any) -> None:
    """Each sees what the others have added."""
    for person in range(8):
        claims = [await town.granted(keys=[f"v1:{person}"]) for _ in range(4)]
        events = [town.event(visits.VisitMissed, claim, because="not_checked_in") for claim in claims]
        await asyncio.gather(*(apply(town, event) for event in events))
    assert await town.store.fetchval("SELECT count(*) FROM block") == 8


async def test_who_reserves_while_the_fourth_no_show_is_counted_is_granted_or_blocked_and_later_blocked(
    town: Any,
) -> None:
    """No reservation is lost, none is left over."""
    told: Counter[str] = Counter()
    for person in range(8):
        me = {"keys": [f"v1:{person}"]}
        await town.no_shows(3, **me)
        fourth = await town.granted(**me)
        event = town.event(visits.VisitMissed, fourth, because="not_checked_in")
        claims = [town.claim(**me) for _ in range(6)]
        answers = await asyncio.gather(apply(town, event), *(town.reserve(claim) for claim in claims))
        outcomes = [answer[0].outcome for answer in answers[1:]]
        told.update(outcomes)
        assert await town.outcome(**me) == "blocked"
        states = [await town.state(claim) for claim in claims]
        assert states == [{"granted": "reserved", "blocked": None}[outcome] for outcome in outcomes]
    assert set(told) <= {"granted", "blocked"}


# Unblocking.


async def test_an_administrator_lifts_the_block_with_a_reason(town: Any) -> None:
    """Audited with who and why; what was missed before does not count again."""
    await town.no_shows(4, **ME)
    late = await town.granted(**ME, channel="terminal")
    event = town.event(visits.VisitMissed, late, because="not_checked_in")
    town.clock.advance(timedelta(hours=1))
    answer = await unblock(town)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "organisation": "hsc",
        "blocked": None,
        "last_block": {"since": "2026-11-24T07:00:00Z", "ended_at": "2026-11-24T08:00:00Z"},
    }
    assert (await town.outcome(**ME), await blocked(town)) == ("granted", None)
    town.clock.advance(timedelta(hours=1))
    await town.publish(event)  # of a visit that was missed before
    await town.no_shows(3, **ME)
    assert await town.outcome(**ME) == "granted"
    await town.no_shows(1, **ME)
    assert await town.outcome(**ME) == "blocked"
    row = await town.store.fetchrow("SELECT actor, action, resource, details::text FROM audit")
    assert (row["actor"], row["action"]) == ("admin-7", "quota.unblock")
    assert row["resource"].startswith("block/")
    assert "Прийшов з паспортом" in row["details"]


async def test_unblocking_again_or_where_nothing_is_blocked_changes_nothing(town: Any) -> None:
    """200 and the same answer; what changed nothing leaves no trace."""
    assert (await unblock(town)).json()["last_block"] is None
    await town.no_shows(4, **ME)
    first = await unblock(town)
    town.clock.advance(timedelta(hours=1))
    second = await unblock(town, reason="ще раз")
    assert (first.status_code, second.status_code, first.json()) == (200, 200, second.json())
    assert await town.store.fetchval("SELECT count(*) FROM audit") == 1
    assert await town.store.fetchval("SELECT ended_because FROM block") == "Прийшов з паспортом"


async def test_an_applicant_without_a_tax_number_is_unblocked_by_document(town: Any) -> None:
    me = {"keys": PRIVACY.keys("document", DOCUMENT)}
    await town.no_shows(4, **me)
    document = {"country": "pl", "type": "Passport", "number": "ab 1234567"}
    assert (await unblock(town, number=None, document=document)).status_code == 200
    assert await town.outcome(**me) == "granted"


async def test_only_staff_of_the_organisation_unblocks(town: Any) -> None:
    """An administrator or the manager of a centre: those who see the person."""
    await town.no_shows(4, **ME)
    attempts = [
        await unblock(town, organisation="lublin-bom"),
        await unblock(town, "citizen"),
        await unblock(town, "terminal"),
        await unblock(town, "analyst"),
        await unblock(town, "manager", organisation="lublin-bom"),
    ]
    assert {(answer.status_code, answer.json()["code"]) for answer in attempts} == {(403, "forbidden")}
    answer = await town.client.post("/api/v1/quota/unblock", json={})
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert await town.outcome(**ME) == "blocked"
    assert await town.store.fetchval("SELECT count(*) FROM audit") == 0
    assert (await unblock(town, "manager")).status_code == 200
    assert await town.outcome(**ME) == "granted"


async def test_an_unblocking_that_makes_no_sense_is_refused_by_field(town: Any) -> None:
    """Each wrong field by its name, and never its value."""
    foreign = {"country": "POL", "type": "passport", "number": "1"}
    wrong: list[tuple[dict[str, Any], str]] = [
        ({"reason": "  "}, "reason"),
        ({"reason": None}, "reason"),
        ({"number": None}, "number"),
        ({"number": "1234567890"}, "number"),
        ({"document": foreign | {"country": "PL"}}, "number"),
        ({"number": None, "document": foreign}, "document.country"),
        ({"colour": "green"}, "colour"),
    ]
    for change, field in wrong:
        answer = await unblock(town, **change)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
        assert [error["field"] for error in answer.json()["errors"]] == [field]
        assert "1234567890" not in answer.text


# What must never be.


async def test_a_limit_that_was_reached_without_a_block_is_found(town: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checking, "SECOND_LOOK_SECONDS", 0.05)
    context = town.client._transport.app.state.context
    await town.no_shows(4, **ME)
    await town.no_shows(3, keys=["v1:another"])
    assert await checking.every_limit_of_no_shows_blocks(context) == []
    await unblock(town)
    await town.policies(LIMITS[0] | {"no_show_limit": 2})
    assert await checking.every_limit_of_no_shows_blocks(context) == [], "a limit that sinks later touches no past"
    await town.store.execute("DELETE FROM block")
    assert await checking.every_limit_of_no_shows_blocks(context) == [
        "organisation hsc: an applicant has 4 no-shows in 2026-11, the limit is 4, and there is no block"
    ]


async def test_the_store_itself_refuses_wrong_blocks(town: Any) -> None:
    """Two in force for one applicant, too few no-shows, an end without who and why, a no-show of no booking."""
    one = (await town.no_shows(4, **ME))[0].booking_id
    copy = (
        "INSERT INTO block SELECT gen_random_uuid(), applicant_key, organisation, month, no_show_limit, missed,"
        " centre, since FROM block"
    )
    wrong = [
        (copy, asyncpg.UniqueViolationError),
        ("UPDATE block SET no_show_limit = 5", asyncpg.CheckViolationError),
        ("UPDATE block SET month = '2026-11-02'", asyncpg.CheckViolationError),
        ("UPDATE block SET ended_at = since", asyncpg.CheckViolationError),
        (
            "UPDATE block SET ended_at = since - interval '1 s', ended_by = 'x', ended_because = 'x'",
            asyncpg.CheckViolationError,
        ),
        (
            f"UPDATE no_show SET booking_id = '{uuid4()}' WHERE booking_id = '{one}'",
            asyncpg.ForeignKeyViolationError,
        ),
        ("UPDATE policy SET no_show_limit = 4", asyncpg.CheckViolationError),
    ]
    for statement, error in wrong:
        with pytest.raises(error):
            await town.store.execute(statement)
