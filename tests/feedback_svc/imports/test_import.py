"""Past ratings: a stream of lines, good ones kept, bad ones named, each taken once."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from typing import Any

import pytest
import pytest_asyncio

from feedback_svc.imports.handlers import NAMED_ERRORS
from services.contracts.feedback import Rated
from services.testing import Stack
from tests.feedback_svc.conftest import CENTRE, DESK, GOOD, codes
from tests.gateway.world import fronting, listening

PATH = "/api/v1/feedback/import"
AT = "2025-03-04T10:15:00+02:00"


def line(number: int, **more: Any) -> dict[str, Any]:
    return {"external_id": f"2025-{number}", "desk": DESK, "submitted_at": AT, "answers": GOOD} | more


def stream(lines: Iterable[Any]) -> bytes:
    return b"".join((one if isinstance(one, bytes) else json.dumps(one).encode()) + b"\n" for one in lines)


async def load(world: Any, *lines: Any, headers: Any = None) -> Any:
    headers = headers or world.stack.bearer("system")
    answer = await world.client.post(PATH, content=stream(lines), headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def counts(done: Any) -> tuple[int, int, int]:
    return done["imported"], done["repeated"], done["rejected"]


async def test_past_ratings_are_ratings_of_their_own_day(world: Any) -> None:
    """Told as imported, by desk or by centre, with the day in the centre's zone; nobody is asked to answer them."""
    late = "2025-03-04T23:30:00+00:00"
    done = await load(world, line(1, comment="Грубо"), line(2, desk=None, centre=CENTRE, submitted_at=late))
    assert counts(done) == (2, 0, 0)
    told = {event.desk: event for event in await world.told(Rated)}
    assert (str(told[DESK].day), told[DESK].imported, told[DESK].answers) == ("2025-03-04", True, GOOD)
    assert (str(told[None].day), told[None].centre, told[None].region) == ("2025-03-05", CENTRE, "UA07000000000024379")
    assert await world.rows("SELECT FROM remark") == []
    rows = await world.rows("SELECT external_id, channel, verified, flagged FROM rating ORDER BY external_id")
    assert [tuple(row) for row in rows] == [("2025-1", "qr", False, False), ("2025-2", "qr", False, False)]
    assert "Грубо" not in str([dict(row) for row in await world.rows("SELECT * FROM rating, outbox")])


async def test_the_same_again_changes_nothing(world: Any) -> None:
    """By `external_id` within an organisation, also twice in one stream; another organisation has its own."""
    lines = [line(number) for number in range(5)]
    assert counts(await load(world, *lines, line(0))) == (5, 1, 0)
    assert counts(await load(world, *lines, line(5))) == (1, 5, 0)
    assert counts(await load(world, line(0, desk="lublin-bom-main-1"))) == (1, 0, 0)
    assert len(await world.told(Rated)) == len(await world.rows("SELECT FROM rating")) == 7


BAD: list[tuple[Any, str]] = [
    (b"{", "body: is not valid JSON"),
    (b"[]", "body: "),
    (b"\xff\xfe", "body: is not valid JSON"),
    (line(1, desk="nowhere-1"), "desk: unknown"),
    (line(1, desk=None, centre="nowhere"), "centre: unknown"),
    (line(1, desk=None), "body: either a desk or a centre"),
    (line(1, centre=CENTRE), "body: either a desk or a centre"),
    (line(1, submitted_at="2027-01-01T00:00:00Z"), "submitted_at: between"),
    (line(1, submitted_at="0001-01-01T00:00:00+02:00"), "submitted_at: between"),
    (line(1, submitted_at="yesterday"), "submitted_at: "),
    (line(1, submitted_at="2025-03-04T10:15:00"), "submitted_at: "),
    (line(1, submitted_at=1741076100), "submitted_at: must be an RFC 3339 time"),
    (line(1, answers={"overall": 4}), "answers.premises: is missing"),
    (line(1, answers=GOOD | {"staff": 5}), "answers.staff: "),
    (line(1, external_id=""), "external_id: "),
    (line(1, external_id="a\0b"), "external_id: "),
    (line(1, name="Олена"), "name: "),
    (line(1, comment="x" * 4001), "comment: "),
    (line(1, questionnaire={"id": "visit", "version": 7}), "questionnaire: unknown"),
    (b"x" * 70_000, "longer than 65536 bytes"),
]


async def test_each_bad_line_is_named_and_good_ones_are_kept(world: Any) -> None:
    """With its number and the reason, never with what it says; empty lines are only counted."""
    lines = [part for number, (bad, _) in enumerate(BAD) for part in (line(100 + number), b"", bad)]
    done = await load(world, *lines)
    assert counts(done) == (len(BAD), 0, len(BAD))
    assert [error["line"] for error in done["errors"]] == [3 * number + 3 for number in range(len(BAD))]
    for error, (_, reason) in zip(done["errors"], BAD, strict=True):
        assert error["reason"].startswith(reason), error
    assert "Олена" not in json.dumps(done, ensure_ascii=False)


async def test_only_the_first_errors_are_named(world: Any) -> None:
    """And how many more there were."""
    done = await load(world, *(b"{" for _ in range(NAMED_ERRORS + 7)))
    assert (len(done["errors"]), done["errors_left_out"], done["rejected"]) == (NAMED_ERRORS, 7, NAMED_ERRORS + 7)


async def test_an_empty_stream_is_no_error(world: Any) -> None:
    """Nothing came of it."""
    assert counts(await load(world)) == (0, 0, 0)


async def test_only_other_systems_import(world: Any) -> None:
    """403 for people; a system whose token names an organisation imports that one's only. Audited."""
    for bearer in (world.manager(None), world.stack.bearer("administrator", centre=CENTRE, organisation="hsc")):
        assert codes(await world.client.post(PATH, content=b"", headers=bearer)) == (403, "forbidden")
    assert codes(await world.client.post(PATH, content=b"")) == (401, "unauthenticated")
    narrow = world.stack.bearer("system", organisation="lublin-bom")
    done = await load(world, line(1), line(2, desk="lublin-bom-main-1"), headers=narrow)
    assert counts(done) == (1, 0, 1)
    assert done["errors"][0]["reason"].startswith("not of an organisation")
    rows = await world.rows("SELECT action, details FROM audit")
    assert [(row["action"], json.loads(row["details"])["imported"]) for row in rows] == [("feedback.import", 1)]


async def test_past_versions_of_a_questionnaire_can_be_named(world: Any) -> None:
    """Answers to questions that are asked no more."""
    questions = [{"id": "overall", "text": WORDS, "options": [{"value": v, "label": WORDS} for v in (4, 1)]}]
    document = {"organisation": "hsc", "questions": questions}
    admin = world.stack.bearer("admin")
    await world.client.put("/api/v1/admin/questionnaires/hsc-visit", json=document, headers=admin)
    past = {"id": "visit", "version": 1}
    done = await load(world, line(1, questionnaire=past), line(2), line(3, answers={"overall": 4}))
    assert counts(done) == (2, 0, 1)
    assert done["errors"][0]["line"] == 2


WORDS = {"uk": "Так", "en": "Yes", "pl": "Tak"}


@pytest_asyncio.fixture
async def gateway(world: Any, stack: Stack) -> AsyncIterator[Any]:
    """The service on a port of its own behind a gateway: what is streamed goes by HTTP."""
    service = world.client._transport.app

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":  # it runs already
            await service(scope, receive, send)

    async with listening(app) as address, fronting(stack, service_urls={"feedback_svc": address}) as client:
        yield client


async def test_a_long_stream_goes_through_the_gateway_in_pieces(world: Any, gateway: Any) -> None:
    """More than a usual body may be; nobody has all of it at once, and a second time nothing is new."""

    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, 6000, 500):
            yield stream(line(number, comment="х" * 80) for number in range(start, start + 500))

    for expected in ((6000, 0, 0), (0, 6000, 0)):
        answer = await gateway.post(PATH, content=pieces(), headers=world.stack.bearer("system"))
        assert answer.status_code == 200, answer.text
        assert counts(answer.json()) == expected
    assert (await world.rows("SELECT count(*) AS count FROM outbox"))[0]["count"] == 6000


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_other_methods_are_refused(world: Any, method: str) -> None:
    """405."""
    answer = await world.client.request(method, PATH, headers=world.stack.bearer("system"))
    assert codes(answer) == (405, "method_not_allowed")
