"""What is marked on a rating: a real visit, a burst; and what is asked once a month."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import Any

import pytest

from feedback_svc.sessions.handlers import sweep
from feedback_svc.sessions.secrets import digest
from services.contracts.feedback import Rated
from services.contracts.visits import FeedbackOffered
from tests.feedback_svc.conftest import BAD, DESK, OTHER_DESK, codes

TOKEN = "a-token-of-a-visit"


async def offer(world: Any, token: str = TOKEN, desk: str = DESK) -> None:
    """What a finished visit does."""
    await world.publish(FeedbackOffered(token_digest=digest(token), desk=desk, day=date(2026, 11, 24)))


async def test_the_token_of_a_visit_verifies_one_rating(world: Any) -> None:
    """It is gone then: nothing says which rating it verified, and a second one is an ordinary rating."""
    await offer(world)
    assert (await world.rated(visit_token=TOKEN))["verified"] is True
    assert (await world.rated(visit_token=TOKEN))["verified"] is False
    assert [told.verified for told in await world.told(Rated)] == [True, False]
    assert await world.rows("SELECT FROM visit_token") == []
    rows = await world.rows("SELECT outbox.event_id::text AS id, envelope::jsonb ->> 'id' AS inside FROM outbox")
    assert all(row["id"] == row["inside"] for row in rows)


CASES_OF_A_TOKEN_THAT_IS: list[Any] = ["unknown", "", "\0", "x" * 100]


async def test_a_token_that_is_none_verifies_nothing(world: Any, subtests: pytest.Subtests) -> None:
    """The rating is taken all the same."""
    for token in CASES_OF_A_TOKEN_THAT_IS:
        with subtests.test(token=str(token)[:60]):
            assert (await world.rated(visit_token=token))["verified"] is False


async def test_a_token_is_of_its_desk(world: Any) -> None:
    """Used at another desk it verifies nothing, and is still there for the right one."""
    await offer(world)
    assert (await world.rated(desk=OTHER_DESK, visit_token=TOKEN))["verified"] is False
    assert (await world.rated(visit_token=TOKEN))["verified"] is True


async def test_the_token_alone_leads_to_its_desk(world: Any) -> None:
    """The link after the visit needs no code; once it is used, or a month old, it leads nowhere."""
    await offer(world)
    opened = await world.post("sessions", {"visit_token": TOKEN, "channel": "link"})
    assert opened.json()["place"]["desk"] == DESK
    answer = await world.submit(opened.json()["id"], visit_token=TOKEN)
    assert answer.json()["verified"] is True
    assert codes(await world.post("sessions", {"visit_token": TOKEN})) == (404, "unknown_code")
    await offer(world, "another")
    world.clock.advance(timedelta(days=33))
    await sweep(world.context)
    assert codes(await world.post("sessions", {"visit_token": "another"})) == (404, "unknown_code")


async def test_one_of_many_at_once_takes_the_token(world: Any) -> None:
    """Whether in one batch or in two."""
    await offer(world)
    sessions = [(await world.opened())["id"] for _ in range(6)]
    answers = await asyncio.gather(*(world.submit(session, visit_token=TOKEN) for session in sessions))
    assert [answer.status_code for answer in answers] == [201] * 6
    assert sum(answer.json()["verified"] for answer in answers) == 1


async def test_more_ratings_than_visits_are_flagged_and_kept(world: Any) -> None:
    """Five in half an hour are possible, the next are not; half an hour later it begins anew."""
    for _ in range(7):
        await world.rated()
    await world.rated(desk=OTHER_DESK)
    assert [told.flagged for told in await world.told(Rated)] == [False] * 5 + [True] * 2 + [False]
    world.clock.advance(timedelta(minutes=31))
    await world.rated()
    assert [row["flagged"] for row in await world.rows("SELECT flagged FROM rating ORDER BY id")].count(True) == 2


async def test_a_burst_within_one_batch_is_seen(world: Any) -> None:
    """Those that come together count each other; what another batch is just writing is not seen yet."""
    sessions = [(await world.opened())["id"] for _ in range(8)]
    await asyncio.gather(*(world.submit(session) for session in sessions))
    assert sum(told.flagged for told in await world.told(Rated)) >= 2


async def test_verified_ratings_are_never_a_burst(world: Any) -> None:
    """They are of visits, however many; and they leave room for others."""
    for number in range(7):
        await offer(world, f"token {number}")
        await world.rated(visit_token=f"token {number}")
    await world.rated()
    assert not any(told.flagged for told in await world.told(Rated))


@pytest.fixture
def citizen(world: Any) -> dict[str, str]:
    bearer: dict[str, str] = world.stack.bearer("citizen", number="1234567899")
    return bearer


async def test_the_booking_system_is_rated_by_citizens(world: Any, citizen: Any) -> None:
    """Three short questions, at no place, and nothing of the person or of a booking."""
    session = (await world.post("sessions", {"about": "booking_system"}, **citizen)).json()
    answers = {question["id"]: 4 for question in session["questionnaire"]["questions"]}
    assert (list(answers), session["place"]) == (["finding", "clarity", "overall"], None)
    assert (await world.submit(session["id"], answers)).status_code == 201
    [told] = await world.told(Rated)
    assert (told.about, told.channel, told.centre, told.organisation) == ("booking_system", "booking", None, None)
    [row] = await world.rows("SELECT * FROM session, rating, spent")
    assert "1234567899" not in str(dict(row))


async def test_it_is_rated_once_a_month(world: Any, citizen: Any) -> None:
    """409 when opening and, for sessions that were open already, when submitting; next month again."""
    body = {"about": "booking_system"}
    first, second = [(await world.post("sessions", body, **citizen)).json()["id"] for _ in range(2)]
    answers = {"finding": 4, "clarity": 4, "overall": 1}
    assert (await world.submit(first, answers)).status_code == 201
    assert codes(await world.submit(second, answers)) == (409, "already_submitted")
    assert codes(await world.post("sessions", body, **citizen)) == (409, "already_submitted")
    other = world.stack.bearer("citizen", number="2472202757")
    assert (await world.post("sessions", body, **other)).status_code == 201
    world.clock.advance(timedelta(days=8))
    again = world.stack.bearer("citizen", number="1234567899")
    assert (await world.post("sessions", body, **again)).status_code == 201
    assert await world.rows("SELECT FROM remark") == [], "nobody is there to answer"


CASES_OF_WHAT_CANNOT_BE_OPENED: list[Any] = [
    ({"about": "booking_system", "feedback_code": "0" * 26}, 422),
    ({}, 422),
    ({"feedback_code": "0" * 26, "visit_token": TOKEN}, 422),
    ({"visit_token": "unknown"}, 404),
    ({"about": "weather"}, 422),
    ({"feedback_code": "0" * 26, "channel": "hotline"}, 422),
    ({"about": "booking_system"}, 401),
]


async def test_what_cannot_be_opened_is_refused(world: Any, subtests: pytest.Subtests) -> None:
    """One of the two, a channel that visitors come by, and a login where nothing else says who asks."""
    for body, status in CASES_OF_WHAT_CANNOT_BE_OPENED:
        with subtests.test(body=str(body)[:60]):
            assert (await world.post("sessions", body)).status_code == status


async def test_nobody_would_read_words_about_the_booking_system(world: Any, citizen: Any) -> None:
    """So that none are taken."""
    session = (await world.post("sessions", {"about": "booking_system"}, **citizen)).json()["id"]
    answers = {"finding": 4, "clarity": 4, "overall": 1}
    assert codes(await world.submit(session, answers, comment="Гарно")) == (422, "invalid_request")
    assert (await world.submit(session, answers)).status_code == 201


async def test_only_citizens_rate_the_booking_system(world: Any) -> None:
    """403 for staff."""
    assert codes(await world.post("sessions", {"about": "booking_system"}, **world.manager())) == (403, "forbidden")


async def test_the_channel_is_kept(world: Any) -> None:
    """How the visitor came: by the QR code, a link, or Telegram."""
    for channel in ("link", "telegram"):
        answer = await world.post("sessions", {"feedback_code": await world.code(), "channel": channel})
        await world.submit(answer.json()["id"], BAD)
    assert [told.channel for told in await world.told(Rated)] == ["link", "telegram"]
