"""Those who ask the same public question together are answered together, and never with something old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI, Request, Response

from gateway.shared import KEPT_ANSWERS, Shared
from services.edge import Answer
from services.errors import Unavailable
from services.testing import Stack
from tests.gateway.world import answering

SLOTS = "/api/v1/slots"


class Times:
    """Stands where booking_svc stands: what is free changes with every look."""

    def __init__(self) -> None:
        self.looks = 0
        self.status, self.seconds = 200, 0.0
        self.seen: list[str | None] = []

    def app(self) -> FastAPI:
        app = FastAPI()

        @app.get(SLOTS)
        async def look(request: Request) -> Response:
            self.looks += 1
            number = self.looks
            self.seen.append(request.headers.get("if-none-match"))
            await asyncio.sleep(self.seconds)
            return Response(str(number), self.status, {"etag": f'"{number}"', "vary": "a"}, "text/plain")

        return app


@pytest_asyncio.fixture
async def times(stack: Stack) -> AsyncIterator[Times]:
    made = Times()
    async with answering(stack, "booking_svc", made.app()):
        yield made


async def test_a_crowd_is_one_look(client: httpx.AsyncClient, times: Times) -> None:
    """A hundred at once: one request to the service, the same answer for all."""
    times.seconds = 1.5
    answers = await asyncio.gather(*(client.get(SLOTS) for _ in range(100)))
    assert {answer.text for answer in answers} == {"1"}
    assert times.looks == 1


async def test_what_was_seen_is_soon_seen_anew(client: httpx.AsyncClient, times: Times) -> None:
    """A moment later the service is asked again."""
    assert (await client.get(SLOTS)).text == "1"
    await asyncio.sleep(0.2)
    assert (await client.get(SLOTS)).text == "2"


async def test_other_questions_and_other_languages_are_answered_by_themselves(
    client: httpx.AsyncClient, times: Times
) -> None:
    """Address, query and language are the question."""
    asked = [client.get(SLOTS), client.get(f"{SLOTS}?date=x"), client.get(SLOTS, headers={"accept-language": "pl"})]
    answers = {answer.text for answer in await asyncio.gather(*asked)}
    assert (len(answers), times.looks) == (3, 3)


async def test_who_has_it_is_told_so(client: httpx.AsyncClient, times: Times) -> None:
    """`If-None-Match` is compared by the gateway: 304 without a body; the service always gives the whole answer."""
    etag = (await client.get(SLOTS)).headers["etag"]
    again = await client.get(SLOTS, headers={"if-none-match": etag})
    assert (again.status_code, again.content, again.headers["etag"], again.headers["vary"]) == (304, b"", etag, "a")
    assert "content-type" not in again.headers
    assert (await client.get(SLOTS, headers={"if-none-match": '"other"'})).status_code == 200
    assert times.seen == [None]


async def test_a_refusal_is_not_kept(client: httpx.AsyncClient, times: Times) -> None:
    """What was not found a moment ago may be there now."""
    times.status = 404
    assert (await client.get(SLOTS)).status_code == 404
    times.status = 200
    assert (await client.get(SLOTS)).status_code == 200


async def test_who_goes_away_takes_the_answer_from_nobody() -> None:
    """The first to ask is cancelled; the second has the answer all the same. A failure reaches everybody, once."""
    shared, going_on = Shared(), asyncio.Event()
    scope = {"path": SLOTS, "query_string": b"", "headers": []}

    async def look(_: object) -> Answer:
        await going_on.wait()
        return Answer(200, [], b"free")

    first, second = (asyncio.create_task(shared.answer(scope, look)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    going_on.set()
    assert (await second).body == b"free"

    async def fail(_: object) -> Answer:
        raise Unavailable

    other = {**scope, "query_string": b"x"}
    asking = [shared.answer(other, fail) for _ in range(3)]
    assert [type(error) for error in await asyncio.gather(*asking, return_exceptions=True)] == [Unavailable] * 3


async def test_what_is_kept_is_bounded() -> None:
    """However many questions there are in one moment."""
    shared = Shared()

    async def look(_: object) -> Answer:
        return Answer(200, [], b"")

    for number in range(3 * KEPT_ANSWERS):
        await shared.answer({"path": SLOTS, "query_string": str(number).encode(), "headers": []}, look)
    assert len(shared._kept) <= KEPT_ANSWERS


@pytest.mark.parametrize("method", ["POST", "DELETE"])
async def test_other_methods_are_carried_as_they_are(client: httpx.AsyncClient, times: Times, method: str) -> None:
    """The service says that it does not take them."""
    assert (await client.request(method, SLOTS)).status_code == 405
