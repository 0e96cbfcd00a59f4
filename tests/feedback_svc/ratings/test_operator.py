"""What operators take down: the hotline and social networks, in the visitor's words, with the channel."""

from __future__ import annotations

from typing import Any

import pytest

from services.contracts.feedback import Rated
from tests.feedback_svc.conftest import BAD, CENTRE, DESK, GOOD, codes
from tests.feedback_svc.remarks.conftest import listed

SAID = {"centre": CENTRE, "channel": "hotline", "answers": BAD, "comment": "Не додзвонитися", "contact": "0671234567"}


@pytest.fixture
def operator(world: Any) -> dict[str, str]:
    """Of the whole organisation's hotline."""
    bearer: dict[str, str] = world.stack.bearer("administrator", organisation="hsc")
    return bearer


async def test_a_call_becomes_a_rating_and_a_remark(world: Any, operator: Any) -> None:
    """Of the centre, with its channel; the visitor can be answered in the language of the call."""
    answer = await world.post("ratings", SAID | {"language": "pl"}, **operator)
    assert answer.status_code == 201
    [told] = await world.told(Rated)
    assert (str(told.rating_id), told.channel, told.centre, told.desk) == (answer.json()["id"], "hotline", CENTRE, None)
    [remark] = await listed(world)
    assert (remark["comment"], remark["contact"], remark["desk"]) == ("Не додзвонитися", "phone", None)
    assert [row["language"] for row in await world.rows("SELECT language FROM remark")] == ["pl"]


async def test_a_message_about_a_desk_is_the_desks(world: Any, operator: Any) -> None:
    """Never a burst: an operator writes down what came in over days."""
    for number in range(7):
        body = {"desk": DESK, "channel": "social", "answers": GOOD, "comment": f"{number}"}
        assert (await world.post("ratings", body, **operator)).status_code == 201
    told = await world.told(Rated)
    assert {(event.desk, event.channel, event.flagged) for event in told} == {(DESK, "social", False)}


async def test_the_same_key_is_the_same_rating(world: Any, operator: Any) -> None:
    """An operator whose connection broke presses again."""
    keyed = {**operator, "Idempotency_Key": "call 17"}
    first, again = [(await world.post("ratings", SAID, **keyed)).json() for _ in range(2)]
    assert first == again
    assert len(await world.rows("SELECT FROM rating")) == 1


async def test_operators_speak_for_their_own(world: Any) -> None:
    """An administrator of the centre, or of the organisation; no other one, no manager, nobody without login."""
    own = world.stack.bearer("administrator", centre=CENTRE, organisation="hsc")
    assert (await world.post("ratings", SAID, **own)).status_code == 201
    for claims in ({"organisation": "lublin-bom"}, {"centre": "hsc-5641", "organisation": "hsc"}, {}):
        bearer = world.stack.bearer("administrator", **claims)
        assert codes(await world.post("ratings", SAID, **bearer)) == (403, "forbidden")
    assert codes(await world.post("ratings", SAID, **world.manager())) == (403, "forbidden")
    assert codes(await world.post("ratings", SAID)) == (401, "unauthenticated")


CASES_OF_WHAT_DOES_NOT_FIT: list[Any] = [
    ({"channel": "qr"}, 422),
    ({"desk": DESK}, 422),
    ({"centre": None}, 422),
    ({"centre": "nowhere"}, 404),
    ({"answers": {"overall": 4}}, 422),
    ({"contact": "nobody"}, 422),
    ({"language": "de"}, 422),
]


async def test_what_does_not_fit_is_refused(world: Any, operator: Any, subtests: pytest.Subtests) -> None:
    """As for visitors."""
    for change, status in CASES_OF_WHAT_DOES_NOT_FIT:
        with subtests.test(change=str(change)[:60]):
            assert (await world.post("ratings", SAID | change, **operator)).status_code == status
            assert await world.rows("SELECT FROM rating") == []
