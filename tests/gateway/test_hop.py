"""Through the gateway: to the right service, with what has to travel, and never a hang when nobody answers."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st

from gateway import routes
from gateway.routes import ROUTES, SERVICES, find
from services.testing import Stack
from tests.gateway.world import answering, booking_app, fronting, quota_app
from tests.services.world import seconds_for

LIMIT = 1024 * 1024


@pytest.mark.parametrize(
    ("path", "service"),
    [
        ("/api/v1/quota", "quota_svc"),
        ("/api/v1/admin/policies", "quota_svc"),
        ("/api/v1/admin/policies/7", "quota_svc"),
        ("/api/v1/admin/policiesx", "booking_svc"),
        ("/api/v1/admin/centres", "booking_svc"),
        ("/api/v1/admin", "booking_svc"),
        ("/api/v1/bookings", "booking_svc"),
        ("/api/v1/bookings/", "booking_svc"),
        ("/api/v1/bookings/0190/calendar.ics", "booking_svc"),
        ("/api/v1/centres/hsc-0741", "booking_svc"),
        ("/api/v1/centres/Луцьк", "booking_svc"),
    ],
)
async def test_the_longest_prefix_decides(
    client: httpx.AsyncClient, booking: FastAPI, quota: FastAPI, path: str, service: str
) -> None:
    """Each address goes to its service, path and query untouched."""
    answer = await client.get(path, params={"a": "1", "b": "ї"})
    assert answer.status_code == 202
    told = answer.json()
    assert (told["by"], told["path"].replace("%D0%9B%D1%83%D1%86%D1%8C%D0%BA", "Луцьк")) == (service, path)
    assert told["query"] == "a=1&b=%D1%97"


UNKNOWN = [
    "/api",
    "/api/v1",
    "/api/v1/",
    "/api/v1/nowhere",
    "/api/v1/bookingsx",
    "/api/v2/bookings",
    "/readyz/x",
    "/doctor",
    "/openapi.json",
    "//api/v1/bookings",
    "/api//v1/bookings",
]


@pytest.mark.parametrize("path", UNKNOWN)
async def test_an_unknown_address_is_404_in_the_callers_language(
    client: httpx.AsyncClient, booking: FastAPI, path: str
) -> None:
    """The gateway itself answers; what is inside the services stays inside."""
    answer = await client.get(path, headers={"accept-language": "pl"})
    assert (answer.status_code, answer.json()["code"], answer.json()["title"]) == (404, "not_found", "Nie znaleziono")
    assert answer.headers["content-type"] == "application/problem+json"
    assert len(answer.json()["trace_id"]) == 32


async def test_what_has_to_travel_travels(client: httpx.AsyncClient, booking: FastAPI) -> None:
    """Token, key, language, conditional headers and trace go along; cookies and forged addresses do not."""
    sent = {
        "authorization": "Bearer a.b.c",
        "idempotency-key": "k-1",
        "accept-language": "en",
        "if-none-match": '"6"',
        "content-type": "application/json",
        "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
        "x-forwarded-for": "203.0.113.9",
        "cookie": "a=b",
        "x-vizyt-problem": "internal",
    }
    answer = await client.post("/api/v1/bookings", content=b"{}", headers=sent)
    told = answer.json()["headers"]
    for name in ("authorization", "idempotency-key", "accept-language", "if-none-match", "content-type"):
        assert told[name] == sent[name]
    assert told["traceparent"].split("-")[1] == "ab" * 16
    assert told["traceparent"] != sent["traceparent"], "a span of the gateway's own"
    assert told["x-forwarded-for"] == "127.0.0.1"
    assert not {"cookie", "x-vizyt-problem", "host"} & set(told)
    assert answer.headers["etag"] == '"7"'
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE"])
async def test_methods_and_bodies_travel(client: httpx.AsyncClient, booking: FastAPI, method: str) -> None:
    """Up to the limit of 1 MiB exactly."""
    body = b"" if method == "GET" else os.urandom(LIMIT)
    answer = await client.request(method, "/api/v1/bookings", content=body)
    assert (answer.json()["method"], answer.json()["body"]) == (method, len(body))


async def test_a_body_over_1_mib_is_refused_at_the_door(client: httpx.AsyncClient, booking: FastAPI) -> None:
    """Declared or not: 413 in the caller's language, and the service does not see it."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b"x" * 32 * 1024

    for content in (b"x" * (2 * LIMIT), chunks()):
        answer = await client.post("/api/v1/bookings", content=content, headers={"accept-language": "en"})
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
        assert answer.json()["limit_bytes"] == LIMIT
    assert (await client.post("/api/v1/bookings", content=b"{}")).status_code == 202


async def test_a_services_refusal_passes_as_it_is(client: httpx.AsyncClient, booking: FastAPI) -> None:
    """Status, code, language and the one trace id of both."""
    trace = "ab" * 16
    headers = {"accept-language": "en", "traceparent": f"00-{trace}-{'cd' * 8}-01"}
    answer = await client.get("/api/v1/centres/refused", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "illegal_transition")
    assert (answer.json()["title"], answer.json()["trace_id"]) == ("Step not allowed now", trace)
    assert answer.headers.get_list("x-frame-options") == ["DENY"]


async def test_a_services_crash_shows_nothing_of_its_inside(client: httpx.AsyncClient, booking: FastAPI) -> None:
    """500 as a document without stack trace or values."""
    answer = await client.get("/api/v1/centres/crash")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")
    assert not any(word in answer.text for word in ("1759013776", "Traceback", "RuntimeError", ".py"))


async def test_an_answer_too_large_is_an_error_in_the_callers_language(
    client: httpx.AsyncClient, booking: FastAPI
) -> None:
    """What no message can carry is told at once, by the gateway."""
    answer = await client.get("/api/v1/centres/large", headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["title"]) == (500, "Internal error")


async def test_a_service_that_is_not_there_is_known_at_once(client: httpx.AsyncClient, quota: FastAPI) -> None:
    """503 `unavailable` with Retry-After in the caller's language, without waiting for the deadline."""

    async def ask() -> None:
        answer = await client.post("/api/v1/bookings", content=b"{}", headers={"accept-language": "pl"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.json()["title"] == "Chwilowo niedostępne"
        assert int(answer.headers["retry-after"]) > 0

    assert await seconds_for(ask()) < 2
    assert (await client.get("/api/v1/quota")).status_code == 202, "the other service is not concerned"


async def test_a_slow_service_is_unavailable_at_the_deadline(
    client: httpx.AsyncClient, booking: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The route's deadline holds, and meanwhile others are served."""
    hurried = ROUTES["/api/v1/centres"]._replace(read_seconds=0.4)
    monkeypatch.setitem(routes.ROUTES, "/api/v1/centres", hurried)

    async def ask() -> None:
        answer = await client.get("/api/v1/centres/slow")
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert "retry-after" in answer.headers

    slow = asyncio.create_task(seconds_for(ask()))
    await asyncio.sleep(0.05)
    assert await seconds_for(client.get("/api/v1/bookings")) < 2
    assert 0.35 < await slow < 3


def test_deadlines_are_shorter_than_anybodys_patience() -> None:
    """Reads 4 seconds, writes 5: within them every request has its answer."""
    assert {(route.read_seconds, route.write_seconds) for route in ROUTES.values()} == {(4.0, 5.0)}
    assert (ROUTES["/api/v1/bookings"].seconds("GET"), ROUTES["/api/v1/bookings"].seconds("POST")) == (4.0, 5.0)


async def test_a_service_that_stands_still_does_not_fill_the_gateway(
    stack: Stack, booking: FastAPI, quota: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So many wait for one service, the next are refused at once, and other services are not concerned."""
    hurried = ROUTES["/api/v1/centres"]._replace(read_seconds=1.0)
    monkeypatch.setitem(routes.ROUTES, "/api/v1/centres", hurried)
    async with fronting(stack, max_in_flight=3) as client:
        waiting = [asyncio.create_task(client.get("/api/v1/centres/slow")) for _ in range(3)]
        await asyncio.sleep(0.3)
        assert await seconds_for(client.get("/api/v1/bookings")) < 2
        assert (await client.get("/api/v1/bookings")).json()["code"] == "unavailable"
        assert (await client.get("/api/v1/quota")).status_code == 202
        await asyncio.gather(*waiting)
        assert (await client.get("/api/v1/bookings")).status_code == 202


async def test_several_processes_of_a_service_share_the_work(
    client: httpx.AsyncClient, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By queue group; when one of them stops, the other has it all and nobody notices."""
    patient = ROUTES["/api/v1/bookings"]._replace(read_seconds=20.0)  # all of this shares one core
    monkeypatch.setitem(routes.ROUTES, "/api/v1/bookings", patient)
    first, second = booking_app(), booking_app()
    async with answering(stack, "booking_svc", first):
        async with answering(stack, "booking_svc", second):
            asking = [asyncio.create_task(client.get("/api/v1/bookings")) for _ in range(100)]
            await asyncio.sleep(0.05)
        answers = [await one for one in asking]
        answers += await asyncio.gather(*(client.get("/api/v1/bookings") for _ in range(20)))
    assert {answer.status_code for answer in answers} == {202}


async def test_without_nats_everything_answers_at_once() -> None:
    """The gateway is alive, not ready, and says `unavailable`; it never hangs and ends quickly."""

    class Nowhere:
        class servers:  # noqa: N801
            nats_url = "nats://127.0.0.1:9"

    async def run() -> None:
        async with fronting(Nowhere, NATS_URL="nats://127.0.0.1:9") as client:  # type: ignore[arg-type]
            assert (await client.get("/livez")).status_code == 200
            assert (await client.get("/readyz")).json() == {"nats": "down"}
            for path in ("/api/v1/bookings", "/api/v1/openapi.json"):
                answer = await client.get(path)
                assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert (await client.get("/api/v1/status")).json() == {"services": dict.fromkeys(SERVICES, "down")}

    assert await seconds_for(run()) < 4


@given(st.text(alphabet=st.sampled_from(list("/abї.%")), max_size=40))
def test_no_address_confuses_the_routes(tail: str) -> None:
    """Whatever follows a prefix after a slash belongs to it; whatever is glued to it does not."""
    for prefix, route in ROUTES.items():
        assert find(f"{prefix}/{tail}") in (
            route,
            *(ROUTES[other] for other in ROUTES if other.startswith(f"{prefix}/")),
        )
    assert find(f"/api/v1/x{tail}") is None
    assert find(tail) is None


def test_a_path_of_slashes_costs_nothing() -> None:
    """The search looks at a few words only, however long the path is."""
    assert find("/api/v1/quota/unblock") == ROUTES["/api/v1/quota"]
    assert find("/" * 60_000) is None
    assert find("/api/v1/bookings" + "/" * 60_000) == ROUTES["/api/v1/bookings"]


async def test_many_at_once_get_their_own_answers(client: httpx.AsyncClient, booking: FastAPI, quota: FastAPI) -> None:
    """Hundreds of requests with different bodies over one connection to NATS."""
    chance = random.Random(7)
    sizes = [chance.randrange(0, 20_000) for _ in range(300)]
    paths = ["/api/v1/bookings" if size % 2 else "/api/v1/quota" for size in sizes]
    calls = [client.post(path, content=b"x" * size) for path, size in zip(paths, sizes, strict=True)]
    answers = [answer.json() for answer in await asyncio.gather(*calls)]
    assert [(answer["path"], answer["body"]) for answer in answers] == list(zip(paths, sizes, strict=True))


async def test_a_second_gateway_is_as_good(client: httpx.AsyncClient, booking: FastAPI, stack: Stack) -> None:
    """Gateways keep nothing: any number may stand side by side."""
    async with fronting(stack) as other:
        assert (await other.get("/api/v1/bookings")).status_code == (await client.get("/api/v1/bookings")).status_code


async def test_the_quota_service_alone_keeps_its_part_up(client: httpx.AsyncClient, stack: Stack) -> None:
    """A service that starts later is found at its first request."""
    assert (await client.get("/api/v1/quota")).status_code == 503
    async with answering(stack, "quota_svc", quota_app()):
        assert (await client.get("/api/v1/quota")).status_code == 202
