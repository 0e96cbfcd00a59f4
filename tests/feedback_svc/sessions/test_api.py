"""Sessions as visitors meet them: ten minutes, one rating, and refusals that say what next."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.contracts.feedback import Rated, RemarkOpened
from services.privacy import Privacy
from services.testing import SECRETS
from tests.feedback_svc.conftest import BAD, CENTRE, DESK, GOOD, codes

IDS = ["premises", "services", "staff", "process", "overall"]


async def test_scanning_opens_a_session_of_ten_minutes(world: Any) -> None:
    """No login; the five questions of domain.md in order, each with the four answers, best first."""
    session = await world.opened()
    assert session["expires_at"] == "2026-11-24T07:10:00Z"
    assert [question["id"] for question in session["questionnaire"]["questions"]] == IDS
    options = session["questionnaire"]["questions"][4]["options"]
    assert [option["value"] for option in options] == [4, 3, 2, 1]
    assert [option["label"] for option in options] == ["чудово", "добре", "прийнятно", "жахливо"]
    assert session["place"] == {
        "organisation": "hsc",
        "centre": CENTRE,
        "name": f"Центр {CENTRE}",
        "desk": DESK,
        "desk_number": 1,
        "time_zone": "Europe/Kyiv",
    }


CASES_OF_THE_QUESTIONS_ARE_IN: list[Any] = [("en", "excellent"), ("pl", "znakomicie"), ("uk", "чудово")]


async def test_the_questions_are_in_the_readers_language(world: Any, subtests: pytest.Subtests) -> None:
    """By `Accept-Language` or `lang=`."""
    for language, word in CASES_OF_THE_QUESTIONS_ARE_IN:
        with subtests.test(language=str(language)[:60]):
            by_header = await world.opened(accept_language=language)
            assert by_header["questionnaire"]["questions"][0]["options"][0]["label"] == word
            by_query = await world.post(f"sessions?lang={language}", {"feedback_code": await world.code()})
            assert by_query.json()["questionnaire"]["questions"][0]["options"][0]["label"] == word


async def test_a_code_may_be_typed_as_people_type(world: Any) -> None:
    """Capitals and hyphens are forgiven, and letters that look like digits."""
    code = (await world.code()).upper().replace("0", "O").replace("1", "I")
    answer = await world.post("sessions", {"feedback_code": f"{code[:10]}-{code[10:]}"})
    assert answer.status_code == 201


CASES_OF_AN_UNKNOWN_CODE_IS: list[Any] = ["0" * 26, "short", "u" * 26, "\0" * 26, "ї" * 26]


async def test_an_unknown_code_is_told(world: Any, subtests: pytest.Subtests) -> None:
    """404 `unknown_code`, whatever was typed."""
    for code in CASES_OF_AN_UNKNOWN_CODE_IS:
        with subtests.test(code=str(code)[:60]):
            assert codes(await world.post("sessions", {"feedback_code": code})) == (404, "unknown_code")


async def test_the_same_key_gets_the_same_session(world: Any) -> None:
    """Although its secret is stored nowhere; without a key every scan is a new one."""
    body = {"feedback_code": await world.code()}
    first = await world.post("sessions", body, idempotency_key="one")
    again = await world.post("sessions", body, idempotency_key="one")
    assert first.json()["id"] == again.json()["id"]
    assert (await world.post("sessions", body)).json()["id"] != first.json()["id"]
    assert len(await world.rows("SELECT FROM session")) == 2


async def test_a_stolen_table_opens_no_session(world: Any) -> None:
    """Only a keyed hash of the secret is stored; the secret has 256 bits."""
    secret = (await world.opened())["id"]
    assert len(secret) == 43
    [row] = await world.rows("SELECT * FROM session")
    assert secret not in str(dict(row))
    assert codes(await world.submit(row["key"])) == (404, "not_found")


async def test_a_submit_is_recorded_once(world: Any) -> None:
    """201, then 409: the rating is one, told without words or contact."""
    session = (await world.opened())["id"]
    answer = await world.submit(session, comment="Дякую", contact="olena@example.org")
    assert (answer.status_code, answer.json()["status"], answer.json()["verified"]) == (201, "submitted", False)
    assert codes(await world.submit(session)) == (409, "already_submitted")
    [told] = await world.told(Rated)
    assert (told.organisation, told.centre, told.desk, told.region) == ("hsc", CENTRE, DESK, "UA07000000000024379")
    assert (told.answers, told.channel, told.day.isoformat()) == (GOOD, "qr", "2026-11-24")
    assert (told.verified, told.flagged, told.imported, told.evaluator) == (False, False, False, None)
    texts = [str(dict(row)) for row in await world.rows("SELECT * FROM outbox, rating, remark")]
    assert not any(words in text for text in texts for words in ("Дякую", "olena"))


async def test_a_hundred_submits_at_once_give_one_rating(world: Any) -> None:
    """One conditional statement decides; all others hear that it was sent."""
    session = (await world.opened())["id"]
    answers = await asyncio.gather(*(world.submit(session) for _ in range(100)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 99
    assert len(await world.rows("SELECT FROM rating")) == len(await world.told(Rated)) == 1


async def test_two_processes_take_a_session_once(world: Any) -> None:
    """The row decides, not the memory of a process."""
    from feedback_svc.sessions.handlers import Submits
    from feedback_svc.sessions.schemas import Submission
    from services.ids import uuid7

    sessions = [(await world.opened())["id"] for _ in range(8)]
    processes = [Submits(world.context), Submits(world.context)]
    body = Submission(answers=GOOD)
    now = world.clock.now()
    done = await asyncio.gather(
        *(p.submit(s, body, rating_id=uuid7(now), repeated=False) for s in sessions for p in processes),
        return_exceptions=True,
    )
    assert sum(not isinstance(one, Exception) for one in done) == 8
    assert len(await world.rows("SELECT FROM rating")) == 8


async def test_after_ten_minutes_the_code_is_to_be_scanned_again(world: Any) -> None:
    """The clock decides: at the tenth minute it is over, a moment before it is not, and no sweeper is needed."""
    first, second = (await world.opened())["id"], (await world.opened())["id"]
    world.clock.advance(timedelta(minutes=10) - timedelta(microseconds=1))
    assert (await world.submit(first)).status_code == 201
    world.clock.advance(timedelta(microseconds=1))
    assert codes(await world.submit(second)) == (410, "session_expired")
    assert codes(await world.submit(first)) == (409, "already_submitted")
    world.clock.advance(timedelta(hours=5))
    assert codes(await world.submit(second)) == (410, "session_expired")


async def test_an_expired_session_is_expired_whatever_is_sent(world: Any) -> None:
    """Nobody corrects answers that nobody will take."""
    session = (await world.opened())["id"]
    world.clock.advance(timedelta(minutes=11))
    assert codes(await world.submit(session, {"overall": 4})) == (410, "session_expired")


CASES_OF_ANSWERS_THAT_DO_NOT: list[Any] = [
    (dict.fromkeys(IDS[:4], 4), "answers.overall"),
    ({}, "answers.premises"),
    (GOOD | {"colour": 4}, "answers"),
    (GOOD | {"staff": 0}, "answers.staff"),
    (GOOD | {"staff": 5}, "answers.staff"),
    (GOOD | {"staff": "4"}, "answers.staff"),
    (GOOD | {"staff": 3.0}, "answers.staff"),
    (GOOD | {"staff": True}, "answers.staff"),
    (GOOD | {"staff": None}, "answers.staff"),
    ([4, 4, 4, 4, 4], "answers"),
]


async def test_answers_that_do_not_fit_are_named(world: Any, subtests: pytest.Subtests) -> None:
    """All five are needed, whole numbers of the scale, and no others; the session can still be submitted."""
    for answers, field in CASES_OF_ANSWERS_THAT_DO_NOT:
        with subtests.test(answers=str(answers)[:60]):
            session = (await world.opened())["id"]
            refused = await world.submit(session, answers)
            assert codes(refused) == (422, "invalid_request")
            assert field in {error["field"] for error in refused.json()["errors"]}
            assert (await world.submit(session)).status_code == 201


CASES_OF_A_FIELD_THAT_DOES: list[Any] = [
    ({"comment": "а" * 4001}, "comment"),
    ({"contact": "nobody"}, "contact"),
    ({"contact": "+38012"}, "contact"),
    ({"contact": "x" * 201}, "contact"),
    ({"rating": 5}, "rating"),
]


async def test_a_field_that_does_not_fit_is_named(world: Any, subtests: pytest.Subtests) -> None:
    """Too long, not a contact, unknown; never with the value that was sent."""
    for more, field in CASES_OF_A_FIELD_THAT_DOES:
        with subtests.test(more=str(more)[:60]):
            refused = await world.submit((await world.opened())["id"], **more)
            assert codes(refused) == (422, "invalid_request")
            assert [error["field"] for error in refused.json()["errors"]] == [field]


async def test_a_comment_of_ten_megabytes_is_too_large(world: Any) -> None:
    """413 before anything is read."""
    assert codes(await world.submit((await world.opened())["id"], comment="x" * 10_000_000)) == (413, "too_large")


CASES_OF_WHAT_IS_NO_DOCUMENT: list[Any] = [b"", b"{", b"null", b"[]", b'"answers"']


async def test_what_is_no_document_is_refused(world: Any, subtests: pytest.Subtests) -> None:
    """422 with the place."""
    for body in CASES_OF_WHAT_IS_NO_DOCUMENT:
        with subtests.test(body=str(body)[:60]):
            session = (await world.opened())["id"]
            answer = await world.client.post(f"/api/v1/feedback/sessions/{session}/submit", content=body)
            assert codes(answer) == (422, "invalid_request")


async def test_empty_fields_of_a_form_are_no_words(world: Any) -> None:
    """A good rating with blanks for a comment is no remark, and its blank contact no error."""
    assert (await world.rated(comment="  ", contact=""))["status"] == "submitted"
    assert await world.told(RemarkOpened) == []


async def test_a_repeated_submit_with_its_key_answers_the_same(world: Any) -> None:
    """A phone that lost its connection is not told that somebody else was faster."""
    session, key = (await world.opened())["id"], {"Idempotency-Key": "once"}
    first = await world.submit(session, headers=key)
    world.clock.advance(timedelta(minutes=1))
    again = await world.submit(session, headers=key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert codes(await world.submit(session, BAD, headers=key)) == (422, "idempotency_mismatch")


async def test_a_session_outlives_a_change_of_keys(world: Any) -> None:
    """A new key in front: sessions that were opened under the old one are found."""
    session = (await world.opened())["id"]
    world.context.privacy = Privacy("2:" + "33" * 32 + "," + SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
    assert (await world.submit(session)).status_code == 201


async def test_the_day_is_that_of_the_centre(world: Any) -> None:
    """A quarter past midnight in Kyiv is not yet midnight in Lublin."""
    world.clock.advance(timedelta(hours=15, minutes=15))
    await world.rated()
    await world.rated(desk="lublin-bom-main-1")
    assert [str(told.day) for told in await world.told(Rated)] == ["2026-11-25", "2026-11-24"[:8] + "24"]


async def test_the_sweeper_only_deletes(world: Any) -> None:
    """What is over for a day is unknown then."""
    session = (await world.opened())["id"]
    world.clock.advance(timedelta(days=2))
    from feedback_svc.sessions.handlers import sweep

    await sweep(world.context)
    assert codes(await world.submit(session)) == (404, "not_found")


async def test_a_session_can_be_read_again_until_it_is_over(world: Any) -> None:
    """In any language, by its secret; what can no longer be submitted says so, and an unknown one is unknown."""
    session = await world.opened(accept_language="uk")
    again = (await world.get(f"sessions/{session['id']}", accept_language="pl")).json()
    assert [again[name] for name in ("id", "about", "expires_at")] == [session["id"], "visit", session["expires_at"]]
    assert again["place"]["name"] == f"Centrum {CENTRE}"
    assert again["questionnaire"]["questions"][0]["options"][0]["label"] == "znakomicie"
    assert codes(await world.get("sessions/0")) == (404, "not_found")
    await world.submit(session["id"])
    assert codes(await world.get(f"sessions/{session['id']}")) == (409, "already_submitted")
    late = await world.opened()
    world.clock.advance(timedelta(minutes=10))
    assert codes(await world.get(f"sessions/{late['id']}")) == (410, "session_expired")


async def test_who_leaves_a_remark_is_told_until_when_and_how_it_is_answered(world: Any) -> None:
    """Also when the submit is repeated; of a good rating without words nothing is promised."""
    session = (await world.opened())["id"]
    key = {"idempotency-key": "one"}
    for _ in range(2):
        told = (await world.submit(session, BAD, contact="+380671234567", headers=key)).json()
        assert (told["due_at"], told["answer_to"]) == ("2026-11-25T07:00:00Z", "phone")
    told = await world.rated(GOOD, contact="olena@example.org")
    assert (told["due_at"], told["answer_to"]) == (None, None)
