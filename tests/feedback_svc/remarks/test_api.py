"""Remarks: for the manager of the centre at once, answered once, the visitor told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from feedback_svc.remarks.sending import send_due
from services.contracts.feedback import RemarkAnswered, RemarkOpened
from services.testing import eventually
from tests.feedback_svc.conftest import BAD, CENTRE, DESK, GOOD, codes
from tests.feedback_svc.remarks.conftest import listed


async def test_words_and_bad_marks_are_remarks_with_a_due_time(world: Any) -> None:
    """A good rating without words is none; the newest stands first."""
    await world.rated()
    await world.rated(comment="Дякую Олені з вікна 1")
    world.clock.advance(timedelta(minutes=1))
    await world.rated(BAD)
    bad, good = await listed(world)
    assert (bad["answers"], bad["comment"], bad["state"], bad["desk"]) == (BAD, None, "open", DESK)
    assert (good["answers"], good["comment"], good["contact"]) == (GOOD, "Дякую Олені з вікна 1", None)
    assert (bad["opened_at"], bad["due_at"]) == ("2026-11-24T07:01:00Z", "2026-11-25T07:01:00Z")
    first, second = await world.told(RemarkOpened)
    assert [(told.negative, told.commented) for told in (first, second)] == [(False, True), (True, False)]


async def test_only_the_centres_own_manager_reads_remarks(world: Any) -> None:
    """403 for another centre's, another organisation's, an administrator's token; 401 without one."""
    await world.rated(BAD)
    assert len(await listed(world, headers=world.manager(None))) == 1
    assert len(await listed(world, headers=world.stack.bearer("admin"))) == 1
    assert len(await listed(world, headers=world.stack.bearer("manager", centre=CENTRE))) == 1
    others = (world.manager("hsc-5641"), world.manager(None, "lublin-bom"), world.manager(None, "observer"))
    for bearer in (*others, world.stack.bearer("administrator", centre=CENTRE, organisation="hsc")):
        assert codes(await world.get(f"remarks?centre={CENTRE}", **bearer)) == (403, "forbidden")
    assert codes(await world.get(f"remarks?centre={CENTRE}")) == (401, "unauthenticated")
    assert codes(await world.get("remarks?centre=nowhere", **world.manager())) == (404, "not_found")
    assert codes(await world.get("remarks", **world.manager())) == (422, "invalid_request")


async def test_remarks_are_listed_page_by_page_and_by_state(letters: Any) -> None:
    """`next` and the Link lead to the older ones."""
    world = letters.world
    for number in range(5):
        await world.rated(comment=f"{number}")
        world.clock.advance(timedelta(seconds=1))
    newest = (await listed(world))[0]
    await letters.answer(newest)
    seen, cursor = [], ""
    while True:
        answer = await world.get(f"remarks?centre={CENTRE}&state=open&limit=2{cursor}", **world.manager())
        seen += [item["comment"] for item in answer.json()["items"]]
        if (following := answer.json()["next"]) is None:
            break
        assert following in answer.headers["link"]
        cursor = f"&cursor={following}"
    assert seen == ["3", "2", "1", "0"]
    assert [item["id"] for item in await listed(world, f"centre={CENTRE}&state=answered")] == [newest["id"]]


async def test_the_etag_grows_with_every_change(letters: Any) -> None:
    """304 for who has it; another after a remark, an answer, and what became of the answer."""
    world, path = letters.world, f"remarks?centre={CENTRE}"
    tags = [(await world.get(path, **world.manager())).headers["etag"]]
    assert (await world.get(path, **world.manager(), **{"if-none-match": tags[0]})).status_code == 304
    remark = await letters.remark()
    tags.append((await world.get(path, **world.manager())).headers["etag"])
    await letters.answer(remark)
    tags.append((await world.get(path, **world.manager())).headers["etag"])
    versions = [int(tag.removeprefix('W/"').strip('"')) for tag in tags]
    assert versions == sorted(set(versions))


async def test_an_answer_is_sent_to_the_contact_once(letters: Any) -> None:
    """By e-mail, in the visitor's language, with the same id however often it is tried; the address leaves no trace."""
    world = letters.world
    remark = await letters.remark(contact="olena@example.org")
    assert remark["contact"] == "email"
    answered = await letters.answer(remark)
    assert (answered.status_code, answered.json()["state"], answered.json()["answer"]) == (
        200,
        "answered",
        "Дякуємо, виправили.",
    )
    await send_due(world.context)  # beside the job itself: two that send at once

    async def told() -> bool:
        return (await listed(world))[0]["told"] == "sent"

    await eventually(told)
    [mail] = letters.office.mails
    assert (mail["To"], mail["Subject"]) == ("olena@example.org", "Відповідь на ваш відгук")
    assert "Дякуємо, виправили." in mail.get_content()
    assert f"Центр {CENTRE}, 24 листопада 2026" in mail.get_content()
    stored = [str(dict(row)) for row in await world.rows("SELECT * FROM remark, message, outbox, audit")]
    assert not any("olena@" in text or "виправили" in text for text in stored)
    [event] = await world.told(RemarkAnswered)
    assert (event.told, event.answered_at, event.opened_at) == (True, world.clock.now(), world.clock.now())


async def test_an_answer_goes_by_telephone_where_that_was_left(letters: Any) -> None:
    """The number in E.164 by the centre's country."""
    world = letters.world
    remark = await letters.remark(contact="067 123 45 67")
    contact = await world.get(f"remarks/{remark['id']}/contact", **world.manager())
    assert contact.json() == {"kind": "phone", "value": "+380671234567"}
    await letters.answer(remark)

    async def told() -> bool:
        return (await listed(world))[0]["told"] == "sent"

    await eventually(told)


async def test_reading_a_contact_is_audited(world: Any) -> None:
    """Who, when, of which remark; nobody else may, and where none was left there is none."""
    await world.rated(BAD, contact="olena@example.org")
    [remark] = await listed(world)
    path = f"remarks/{remark['id']}/contact"
    assert codes(await world.get(path, **world.manager("hsc-5641"))) == (403, "forbidden")
    assert (await world.get(path, **world.manager())).json()["value"] == "olena@example.org"
    rows = await world.rows("SELECT actor, action, resource FROM audit")
    assert [tuple(row) for row in rows] == [("somebody", "contact.read", f"remark/{remark['id']}")]
    world.clock.advance(timedelta(seconds=1))
    await world.rated(BAD)
    newest = (await listed(world))[0]
    assert codes(await world.get(f"remarks/{newest['id']}/contact", **world.manager())) == (404, "not_found")


async def test_a_contact_is_kept_only_where_there_is_something_to_answer(world: Any) -> None:
    """A good rating without words: nobody would write."""
    await world.rated(contact="olena@example.org")
    assert await world.rows("SELECT FROM remark") == []


async def test_a_remark_is_answered_once_also_when_the_request_is_repeated(letters: Any) -> None:
    """The same key: the same answer. Another answer: 409."""
    world, remark = letters.world, await letters.remark(contact="olena@example.org")
    keyed = {**world.manager(), "Idempotency_Key": "k"}
    first = await letters.answer(remark, **keyed)
    again = await letters.answer(remark, **keyed)
    assert (first.status_code, again.status_code) == (200, 200)
    assert codes(await letters.answer(remark, "Ще одне")) == (409, "illegal_transition")
    assert len(await world.told(RemarkAnswered)) == 1


CASES_OF_AN_ANSWER_HAS_WORDS: list[Any] = [{"text": " "}, {}, {"text": "x" * 4001}, {"text": "так", "to": "all"}]


async def test_an_answer_has_words(letters: Any, subtests: pytest.Subtests) -> None:
    """1 to 4000 characters."""
    for body in CASES_OF_AN_ANSWER_HAS_WORDS:
        with subtests.test(body=str(body)[:60]):
            remark = await letters.remark()
            path = f"remarks/{remark['id']}/answer"
            assert codes(await letters.world.post(path, body, **letters.world.manager())) == (422, "invalid_request")


async def test_nobody_else_answers(letters: Any) -> None:
    """403; an unknown remark: 404."""
    world, remark = letters.world, await letters.remark()
    assert codes(await letters.answer(remark, **world.manager("hsc-5641"))) == (403, "forbidden")
    unknown = {"id": "01a1fe39-4401-7171-8690-5a9868596232"}
    assert codes(await letters.answer(unknown)) == (404, "not_found")


async def test_a_mail_server_that_is_away_delays_and_a_refusal_ends(letters: Any) -> None:
    """Tried again later; an address that does not exist is not tried again, and the manager sees it."""
    world, office = letters.world, letters.office
    office.answers["MAIL"] = "450 later"
    remark = await letters.remark(contact="olena@example.org")
    await letters.answer(remark)

    async def tried() -> bool:
        rows = await world.rows("SELECT attempts, outcome FROM message")
        return bool(rows[0]["attempts"] == 1)

    await eventually(tried)
    assert (await listed(world))[0]["told"] == "waiting"
    office.answers["MAIL"] = "250 ok"
    office.answers["RCPT"] = "550 nobody"
    world.clock.advance(timedelta(minutes=2))

    async def failed() -> bool:
        return (await listed(world, headers=world.manager()))[0]["told"] == "failed"

    await eventually(failed)
    assert office.mails == []
