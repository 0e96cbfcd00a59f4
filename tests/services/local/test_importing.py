"""`./vizyt import`: errors with their line, whoever finds them; done when all is in force."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.local import importing
from services.local.importing import Refused
from services.local.trouble import Trouble

CITY = """\
organisations:
  - code: poltava-cnap
    name: {uk: ЦНАП Полтави, en: Poltava centre, pl: Centrum Połtawy}
    time_zone: Europe/Kyiv
policies:
  - {organisation: poltava-cnap, applicant: individual, channel: online, limit: 4, period: month,
     valid_from: 2026-01-01}
"""
RULE = {
    "organisation": "poltava-cnap", "applicant": "individual", "channel": "online", "limit": 4, "period": "month",
    "cancelled_counts": True, "valid_from": "2026-01-01", "valid_to": None,
}  # fmt: skip
Answer = Callable[[httpx.Request], httpx.Response]


@pytest.fixture
def city(tmp_path: Path) -> Path:
    return rewrite(tmp_path / "city.yaml", CITY)


def rewrite(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8")
    return file


def server(answer: Answer) -> httpx.AsyncClient:
    """A client of a server that answers so."""
    return httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://server")


async def refusal(file: Path, client: httpx.AsyncClient) -> str:
    async with client:
        with pytest.raises(Refused) as refused:
            await importing.load(file, client)
    return str(refused.value)


async def test_a_document_is_sent_as_it_is_and_nothing_is_added(city: Path) -> None:
    """What is left out stays as it is on the server, so no default may be sent."""
    received: list[Any] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/admin/import":
            received.append(json.loads(request.content))
            return httpx.Response(200, json={"organisations": 1})
        return httpx.Response(200, json={"items": [RULE]})

    async with server(answer) as client:
        assert await importing.load(city, client) == {"organisations": 1}
    assert set(received[0]) == {"organisations", "policies"}
    assert set(received[0]["organisations"][0]) == {"code", "name", "time_zone"}


async def test_it_returns_only_when_the_policies_are_in_force(city: Path) -> None:
    """They reach quota_svc as an event, a moment after the import was answered."""
    asked: list[int] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/api/v1/admin/import":
            return httpx.Response(200, json={})
        asked.append(1)
        return httpx.Response(200, json={"items": [RULE] if len(asked) > 2 else []})

    async with server(answer) as client:
        await importing.load(city, client)
    assert len(asked) == 3


CENTRES = """\
centres:
  - id: poltava-main
    organisation: poltava-cnap
    name: {uk: Полтава, en: Poltava, pl: Połtawa}
    region: {code: UA53000000000028050, name: Полтавська}
    territory: UA53000000000028050
    address: {uk: Полтава, en: Poltava, pl: Połtawa}
    latitude: 49.59
    longitude: 34.55
    time_zone: Europe/Kyiv
    hours: {}
    desks: [{number: 1, services: [passport]}, {number: 2, services: [passport]}]
"""


async def test_it_returns_only_when_the_desks_can_be_rated(city: Path) -> None:
    """Each centre's last desk has its feedback code."""
    rewrite(city, CENTRES)
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.startswith("/api/v1/feedback/"):
            asked.append(request.url.path)
            return httpx.Response(404 if len(asked) < 3 else 200, json={})
        return httpx.Response(200, json={})

    async with server(answer) as client:
        await importing.load(city, client)
    assert asked == ["/api/v1/feedback/desks/poltava-main-2"] * 3


async def test_a_wrong_shape_is_told_with_every_line_before_anything_is_sent(city: Path) -> None:
    """Misspelt names included."""
    rewrite(city, CITY.replace("time_zone", "timezone").replace("limit: 4", "limit: -1"))
    told = await refusal(city, server(lambda _: pytest.fail("sent")))
    assert f"{city}:4: organisations[0].timezone" in told
    assert f"{city}:2: organisations[0].time_zone" in told
    assert f"{city}:6: policies[0].limit" in told


async def test_what_the_server_refuses_is_told_with_its_line(city: Path) -> None:
    """The server sees what parts have to do with each other."""
    errors = [{"field": "policies[0].valid_from", "reason": "overlaps"}]
    told = await refusal(city, server(lambda _: httpx.Response(422, json={"errors": errors})))
    assert f"{city}:7: policies[0].valid_from: overlaps" in told


async def test_another_refusal_is_told_in_the_servers_words(city: Path) -> None:
    """With its stable code."""
    problem = {"code": "forbidden", "title": "Forbidden", "detail": "Only an admin may do this."}
    told = await refusal(city, server(lambda _: httpx.Response(403, json=problem)))
    assert "403 forbidden: Only an admin may do this." in told


async def test_a_server_that_does_not_answer_is_no_traceback(city: Path) -> None:
    """One message with its address."""

    def answer(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    async with server(answer) as client:
        with pytest.raises(Trouble, match="http://server does not answer"):
            await importing.load(city, client)


async def test_an_empty_file_is_an_empty_document(city: Path) -> None:
    """Nothing to load is no error."""
    rewrite(city, "# nothing yet\n")
    async with server(lambda _: httpx.Response(200, json={})) as client:
        assert await importing.load(city, client) == {}
