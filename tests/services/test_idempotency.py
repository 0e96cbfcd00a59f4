"""The same key and body again is the same resource; another body is a mistake; a refusal is not remembered."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel
from starlette.routing import Route

from services.app import Service, create_app
from services.clock import FixedClock
from services.db import Db
from services.errors import Forbidden, NotFound, Problem, RateLimited, Unavailable
from services.idempotency import IdempotentRoute, once, repeated, resource_id
from services.settings import DatabaseSettings
from services.testing import Stack
from tests.services.world import Build, served


class Wish(BaseModel):
    name: str


class Shop:
    """Makes things, at most one per id; what it should raise next stands in `failures`."""

    def __init__(self) -> None:
        self.made: dict[UUID, str] = {}
        self.repeats: list[bool] = []
        self.failures: list[Exception] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def make(self, request: Request, name: str) -> dict[str, str]:
        await self.gate.wait()
        self.repeats.append(repeated(request))
        if self.failures:
            raise self.failures.pop(0)
        made = resource_id(request)
        return {"id": str(made), "name": self.made.setdefault(made, name)}

    def router(self) -> APIRouter:
        router = APIRouter(route_class=IdempotentRoute)

        @router.post("/things", status_code=201)
        async def create(request: Request, body: Wish) -> dict[str, str]:
            return await self.make(request, body.name)

        @router.post("/others", status_code=201)
        async def other(request: Request, body: Wish) -> dict[str, str]:
            return await self.make(request, body.name)

        @router.put("/things")
        async def put(request: Request, body: Wish) -> dict[str, str]:
            return await self.make(request, body.name)

        return router

    async def hot(self, request: Request) -> Response:
        name = (await request.body()).decode()
        if name == "full":
            return Response(status_code=409)
        return Response((await self.make(request, name))["id"], 201)

    async def hot_once(self, request: Request) -> Response:
        return await once(request, self.hot)


@pytest.fixture
def shop() -> Shop:
    return Shop()


@pytest_asyncio.fixture
async def client(shop: Shop, build: Build, stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    app = build(routers=[shop.router()], hot_routes=[Route("/hot", shop.hot_once, methods=["POST"])])
    async with stack.running(app) as opened:
        yield opened


def keyed(key: str, more: dict[str, str] | None = None) -> dict[str, str]:
    return {"Idempotency-Key": key, **(more or {})}


async def post(client: httpx.AsyncClient, key: str | None = "k", name: str = "cup", **more: Any) -> httpx.Response:
    headers = {**({} if key is None else {"Idempotency-Key": key}), **more.pop("headers", {})}
    return await client.post(more.pop("path", "/things"), json={"name": name}, headers=headers)


async def test_the_same_key_and_body_is_the_same_resource(client: httpx.AsyncClient, shop: Shop) -> None:
    """Sent again, nothing new is made and the id is the same; the handler knows that the key came before."""
    first, second = await post(client), await post(client)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert (len(shop.made), shop.repeats) == (1, [False, True])


async def test_without_a_key_every_post_is_new(client: httpx.AsyncClient, shop: Shop) -> None:
    """The key is optional."""
    assert (await post(client, None)).json()["id"] != (await post(client, None)).json()["id"]
    assert len(shop.made) == 2


async def test_another_body_under_the_same_key_is_refused(client: httpx.AsyncClient, shop: Shop) -> None:
    """422 `idempotency_mismatch`, nothing is made, and the first body still works."""
    first = await post(client)
    wrong = await post(client, name="plate", headers={"accept-language": "en"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "idempotency_mismatch")
    assert (await post(client)).json() == first.json()
    assert len(shop.made) == 1


async def test_the_same_key_at_another_address_is_refused(client: httpx.AsyncClient) -> None:
    """A key belongs to one request, also when the bodies are alike."""
    await post(client)
    assert (await post(client, path="/others")).json()["code"] == "idempotency_mismatch"


async def test_the_language_of_the_answer_does_not_matter(client: httpx.AsyncClient) -> None:
    """A retry may read another language."""
    first = await post(client, path="/things?lang=uk")
    assert (await post(client, path="/things?lang=pl")).json() == first.json()


@pytest.mark.parametrize("refusal", [NotFound(), Forbidden(), RateLimited(retry_after=1), HTTPException(409)])
async def test_a_refusal_is_not_remembered(client: httpx.AsyncClient, shop: Shop, refusal: Exception) -> None:
    """After a refusal the key is free, for the same body and for another."""
    shop.failures = [refusal]
    assert 400 <= (await post(client)).status_code < 500
    assert (await post(client, name="plate")).status_code == 201
    assert list(shop.made.values()) == ["plate"]
    assert shop.repeats == [False, False]


async def test_a_body_that_was_wrong_may_be_corrected(client: httpx.AsyncClient) -> None:
    """A 422 for the body's fields is a refusal too."""
    assert (await client.post("/things", json={"nam": 1}, headers=keyed("k"))).status_code == 422
    assert (await post(client)).status_code == 201


async def test_a_refusal_of_a_hot_route_is_not_remembered(client: httpx.AsyncClient) -> None:
    """Also when it is answered and not raised."""
    assert (await client.post("/hot", content=b"full", headers=keyed("k"))).status_code == 409
    assert (await client.post("/hot", content=b"other", headers=keyed("k"))).status_code == 201
    assert (await client.post("/hot", content=b"third", headers=keyed("k"))).status_code == 422


@pytest.mark.parametrize("failure", [Unavailable(), TimeoutError(), Problem(), RuntimeError()])
async def test_what_ended_unknown_is_continued(client: httpx.AsyncClient, shop: Shop, failure: Exception) -> None:
    """After a 503 or a crash nobody knows what was done: the retry gets the same id, another body does not."""
    shop.failures = [failure]
    assert (await post(client)).status_code >= 500
    assert (await post(client, name="plate")).json()["code"] == "idempotency_mismatch"
    assert (await post(client)).status_code == 201
    assert shop.repeats == [False, True]


async def test_a_key_lives_24_hours_by_the_clock(client: httpx.AsyncClient, clock: FixedClock) -> None:
    """One second before it is known, after 24 hours it is new, for any body."""
    first = (await post(client)).json()
    clock.advance(timedelta(hours=24) - timedelta(seconds=1))
    assert (await post(client)).json() == first
    clock.advance(timedelta(seconds=1))
    second = await post(client, name="plate")
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]
    clock.advance(timedelta(hours=23))
    assert (await post(client, name="plate")).json() == second.json()


async def test_old_keys_are_swept(client: httpx.AsyncClient, clock: FixedClock, db: Db) -> None:
    """The table does not grow for ever."""
    from services.idempotency import Idempotency

    await post(client, "old")
    clock.advance(timedelta(hours=12))
    await post(client, "young")
    clock.advance(timedelta(hours=12))
    await Idempotency(db).forget(clock.now())
    assert [row["key"] for row in await db.hot("SELECT key FROM idempotency")] == ["young"]


async def test_two_callers_never_share_a_key(client: httpx.AsyncClient, stack: Stack, shop: Shop) -> None:
    """The same key of another person, or of nobody, is another key."""
    callers = [stack.bearer("citizen", sub="anna"), stack.bearer("citizen", sub="borys"), {}]
    ids = {(await post(client, headers=caller)).json()["id"] for caller in callers}
    assert len(ids) == len(shop.made) == 3
    assert (await post(client, headers=callers[0])).json()["id"] in ids
    assert len(shop.made) == 3


async def test_a_caller_cannot_pass_for_nobody(client: httpx.AsyncClient, stack: Stack, shop: Shop) -> None:
    """Whatever the subject, it is not the scope of those without a token."""
    await post(client)
    await post(client, headers=stack.bearer("citizen", sub="public"))
    assert len(shop.made) == 2
    assert (await post(client, headers=stack.bearer("citizen", sub=""))).status_code == 401


async def test_a_bad_token_binds_nothing(client: httpx.AsyncClient, db: Db) -> None:
    """Who is not known has no keys."""
    assert (await post(client, headers={"Authorization": "Bearer x"})).status_code == 401
    assert (await db.hot("SELECT count(*) FROM idempotency"))[0][0] == 0


async def test_twins_at_the_same_time_make_one_resource(client: httpx.AsyncClient, shop: Shop) -> None:
    """Twenty times the same request at once: one id, one thing."""
    answers = await asyncio.gather(*(post(client) for _ in range(20)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == len(shop.made) == 1


async def test_different_bodies_at_the_same_time_make_one_resource(client: httpx.AsyncClient, shop: Shop) -> None:
    """Whoever is first has the key, the others are refused."""
    answers = await asyncio.gather(*(post(client, name=f"cup {number}") for number in range(20)))
    assert sorted(answer.status_code for answer in answers) == [201] + [422] * 19
    assert len(shop.made) == 1


async def test_twins_in_two_processes_make_one_id(
    client: httpx.AsyncClient, shop: Shop, settings: DatabaseSettings, stack: Stack, clock: FixedClock
) -> None:
    """The database decides, not a process."""
    second = create_app(settings, Service(name="second_svc", routers=[shop.router()]), clock=clock)
    async with stack.running(second) as other:
        answers = await asyncio.gather(*(post(one, f"k{turn}") for turn in range(30) for one in (client, other)))
    assert {answer.status_code for answer in answers} == {201}
    assert len(shop.made) == 30


async def test_put_needs_no_key(client: httpx.AsyncClient, shop: Shop) -> None:
    """Only a POST is bound; other methods are idempotent by themselves."""
    for _ in range(2):
        assert (await client.put("/things", json={"name": "cup"}, headers=keyed("k"))).status_code == 200
    assert shop.repeats == [False, False]


@pytest.mark.parametrize("key", ["", "x" * 256, "a\x07b", "a\x7fb"])
async def test_a_key_is_1_to_255_printable_characters(client: httpx.AsyncClient, key: str, db: Db) -> None:
    """Anything else is a mistake that is named."""
    answer = await post(client, key)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "Idempotency-Key")
    assert (await db.hot("SELECT count(*) FROM idempotency"))[0][0] == 0


async def test_the_longest_key_works(client: httpx.AsyncClient) -> None:
    """255 characters."""
    assert (await post(client, "x" * 255)).json() == (await post(client, "x" * 255)).json()


async def test_only_a_hash_of_the_body_is_kept(client: httpx.AsyncClient, db: Db) -> None:
    """No names in the table of keys."""
    await post(client, name="Марія Дем’яненко")
    [row] = await db.hot("SELECT to_jsonb(idempotency)::text AS text, body_hash FROM idempotency")
    assert "Марія" not in row["text"]
    assert len(row["body_hash"]) == 16


async def test_while_the_database_is_away_a_key_is_unavailable(
    build: Build, shop: Shop, settings: DatabaseSettings
) -> None:
    """Without knowing the key nothing is made."""
    away = settings.model_copy(update={"database_url": type(settings.database_url)("postgresql://x@127.0.0.1:9/none")})
    app = build(settings=away, routers=[shop.router()])
    from services.idempotency import Idempotency

    context = app.state.context
    await context.db.start()
    context.put(Idempotency(context.db))
    async with served(app) as client:
        answer = await post(client)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert not shop.made
    await context.db.stop()
