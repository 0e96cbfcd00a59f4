"""Routes that stream go over HTTP piece by piece, to the service's own port."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from services.local.ports import any_free
from services.testing import Stack
from tests.gateway.world import booking_app, fronting, listening
from tests.services.world import seconds_for

PATH = "/api/v1/admin/import"
MEGABYTE = 1024 * 1024


@pytest_asyncio.fixture
async def client(stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    """Of a gateway that knows the address of a booking_svc on a port of its own."""
    async with (
        listening(booking_app()) as address,
        fronting(stack, service_urls={"booking_svc": address}, max_stream_bytes=4 * MEGABYTE) as opened,
    ):
        yield opened


async def chunks(body: bytes) -> AsyncIterator[bytes]:
    for start in range(0, len(body), 50_000):
        yield body[start : start + 50_000]


@pytest.mark.parametrize("declared", [True, False])
async def test_a_large_body_passes_unharmed(client: httpx.AsyncClient, *, declared: bool) -> None:
    """More than the ordinary limit, with a length or in chunks of unknown number."""
    body = os.urandom(4 * MEGABYTE)
    answer = await client.post(PATH, content=body if declared else chunks(body))
    assert answer.status_code == 200
    assert answer.json()["size"] == len(body)
    assert answer.json()["sha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("declared", [True, False])
async def test_a_body_over_the_streams_limit_is_refused(client: httpx.AsyncClient, *, declared: bool) -> None:
    """413 with this route's limit, before or while it is sent."""
    body = b"x" * (4 * MEGABYTE + 1)
    answer = await client.post(PATH, content=body if declared else chunks(body), headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert answer.json()["limit_bytes"] == 4 * MEGABYTE


async def test_headers_and_query_travel(client: httpx.AsyncClient) -> None:
    """Token, key, language, type and trace; nothing of the connection."""
    sent = {
        "authorization": "Bearer a.b.c",
        "idempotency-key": "k",
        "accept-language": "pl",
        "content-type": "application/yaml",
        "traceparent": f"00-{'ab' * 16}-{'cd' * 8}-01",
        "expect": "100-continue",
        "te": "trailers",
        "x-forwarded-for": "203.0.113.9",
    }
    told = (await client.post(f"{PATH}?dry=1&x=%D1%97", content=b"x", headers=sent)).json()
    assert told["url"].endswith(f"{PATH}?dry=1&x=%D1%97")
    for name in ("authorization", "idempotency-key", "accept-language", "content-type"):
        assert told["headers"][name] == sent[name]
    assert told["headers"]["traceparent"].split("-")[1] == "ab" * 16
    assert told["headers"]["x-forwarded-for"] == "127.0.0.1"
    assert not {"te", "expect"} & set(told["headers"])


async def test_an_empty_body_passes(client: httpx.AsyncClient) -> None:
    """Nothing to stream is fine."""
    assert (await client.post(PATH)).json()["size"] == 0


async def test_the_services_refusals_pass(client: httpx.AsyncClient) -> None:
    """A method that the service does not take is its 405."""
    answer = await client.get(PATH)
    assert (answer.status_code, answer.json()["by"]) == (202, "booking_svc")


@pytest.mark.parametrize("urls", [{}, {"booking_svc": "gone"}])
async def test_a_service_that_is_down_is_unavailable(stack: Stack, urls: dict[str, str]) -> None:
    """No address, or nobody at the address: 503 with Retry-After, at once."""
    urls = {name: f"http://127.0.0.1:{any_free()}" for name in urls}
    async with fronting(stack, service_urls=urls) as client:

        async def ask() -> None:
            answer = await client.post(PATH, content=chunks(b"x" * MEGABYTE), headers={"accept-language": "en"})
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert answer.headers["retry-after"] == "2"

        assert await seconds_for(ask()) < 3


async def test_a_service_that_dies_in_the_middle_is_unavailable(stack: Stack) -> None:
    """It reads a part and closes the connection: 503 and no hang."""

    async def die(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1000)
        writer.close()

    server = await asyncio.start_server(die, "127.0.0.1", 0)
    urls = {"booking_svc": f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"}
    async with server, fronting(stack, service_urls=urls) as client:
        answer = await asyncio.wait_for(client.post(PATH, content=chunks(b"x" * MEGABYTE)), 5)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")


async def test_a_client_that_goes_away_frees_the_gateway(client: httpx.AsyncClient) -> None:
    """Half an upload, then nothing: the next request works."""

    async def broken() -> AsyncIterator[bytes]:
        yield b"x" * 1000
        raise ConnectionResetError

    for _ in range(3):
        with pytest.raises(ConnectionResetError):
            await client.post(PATH, content=broken())
    assert (await client.post(PATH, content=b"x")).json()["size"] == 1
