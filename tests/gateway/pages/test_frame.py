"""What stands around every page: language, headers, files, failures."""

from __future__ import annotations

import gzip
import re

import httpx
import pytest

from services.testing import Stack
from tests.gateway.world import fronting

PAGE = {"accept": "text/html"}


@pytest.mark.parametrize(
    ("wanted", "title"),
    [("uk", "Як це працює"), ("en", "How it works"), ("pl", "Jak to działa"), ("de", "Як це працює")],
)
async def test_a_page_comes_in_the_language_that_is_asked_for(
    client: httpx.AsyncClient, wanted: str, title: str
) -> None:
    """Ukrainian for all others."""
    answer = await client.get("/help", headers={"accept-language": wanted})
    assert answer.status_code == 200
    assert f"<h1>{title}</h1>" in answer.text
    assert re.search(r'<html lang="(uk|en|pl)"', answer.text)


async def test_a_language_once_chosen_stays(client: httpx.AsyncClient) -> None:
    """It is kept in a cookie."""
    await client.get("/help?lang=pl", headers={"accept-language": "en"})
    answer = await client.get("/accessibility", headers={"accept-language": "en"})
    assert "<h1>Dostępność</h1>" in answer.text


async def test_a_page_allows_nothing_from_elsewhere_and_no_inline_script(client: httpx.AsyncClient) -> None:
    """The policy names no unsafe-inline, and the page has neither inline styles nor scripts."""
    answer = await client.get("/help")
    policy = answer.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    assert not re.search(r"<style|<script>|\son\w+=|\sstyle=", answer.text)
    assert not re.search(r'(src|href)="(https?:)?//', answer.text)


async def test_files_are_kept_for_ever_under_their_content(client: httpx.AsyncClient) -> None:
    """The address changes with the content."""
    page = (await client.get("/help")).text
    address = re.search(r'href="(/static/[0-9a-f]{12}/style\.css)"', page)
    assert address
    answer = await client.get(address[1])
    assert answer.headers["content-type"] == "text/css; charset=utf-8"
    assert "immutable" in answer.headers["cache-control"]
    assert answer.headers["content-encoding"] == "gzip"
    assert (await client.get("/static/000000000000/style.css")).status_code == 404


async def test_a_page_without_secrets_is_packed(client: httpx.AsyncClient) -> None:
    """And comes whole to whoever cannot unpack."""
    request = client.build_request("GET", "/help", headers={"accept-encoding": "gzip"})
    answer = await client.send(request, stream=True)
    packed = b"".join([piece async for piece in answer.aiter_raw()])
    plain = await client.get("/help", headers={"accept-encoding": "identity"})
    assert gzip.decompress(packed).decode() == plain.text


async def test_an_unknown_address_says_so_to_people_and_to_programs(client: httpx.AsyncClient) -> None:
    """A page for a browser, a problem document for everybody else."""
    shown = await client.get("/nothing-here", headers=PAGE | {"accept-language": "en"})
    assert (shown.status_code, shown.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "Start from the list of services" in shown.text
    told = await client.get("/nothing-here")
    assert (told.status_code, told.json()["code"]) == (404, "not_found")


async def test_a_wrong_method_is_refused_as_such(client: httpx.AsyncClient) -> None:
    """With the methods that are allowed."""
    answer = await client.post("/help", headers=PAGE)
    assert answer.status_code == 405
    assert "GET" in answer.headers["allow"]


async def test_pages_stand_without_any_service_and_without_nats(stack: Stack) -> None:
    """What explains must be there when nothing else is."""
    async with fronting(stack, NATS_URL="nats://127.0.0.1:9") as alone:
        assert (await alone.get("/help")).status_code == 200
