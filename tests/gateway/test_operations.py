"""What operators and developers read at the gateway: states, one API document, its page, the events."""

from __future__ import annotations

import json
import re
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from gateway.documents import merge
from gateway.routes import SERVICES
from services.contracts.golden import events
from services.testing import Stack
from tests.gateway.world import all_others, answering, booking_app, fronting, quota_app

ALL_UP = dict.fromkeys(SERVICES, "ok")


@pytest.mark.usefixtures("booking", "quota", "others")
async def test_status_is_ok_when_all_services_are(client: httpx.AsyncClient) -> None:
    """Public, 200."""
    answer = await client.get("/api/v1/status")
    assert (answer.status_code, answer.json()) == (200, {"services": ALL_UP})


@pytest.mark.usefixtures("booking", "others")
async def test_status_names_the_service_that_is_dead(client: httpx.AsyncClient) -> None:
    """503 with Retry-After; the others are still ok, and the gateway itself stays ready."""
    answer = await client.get("/api/v1/status")
    assert (answer.status_code, answer.json()) == (503, {"services": ALL_UP | {"quota_svc": "down"}})
    assert answer.headers["retry-after"] == "2"
    assert (await client.get("/readyz")).status_code == 200


@pytest.mark.usefixtures("booking", "others")
async def test_a_service_that_is_not_ready_is_down(client: httpx.AsyncClient, quota: FastAPI) -> None:
    """It answers, but without its database it cannot serve."""
    quota.state.ready = False
    assert (await client.get("/api/v1/status")).json()["services"] == ALL_UP | {"quota_svc": "down"}


async def test_the_gateways_own_probes(client: httpx.AsyncClient) -> None:
    """Alive, ready with NATS, metrics with its own name."""
    assert (await client.get("/livez")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"nats": "ok"}
    await client.get("/nowhere")
    metrics = await client.get("/metrics")
    assert 'vizyt_requests_total{service="gateway",status="404",way="http"}' in metrics.text


async def test_a_wrong_method_on_its_own_routes_is_a_problem(client: httpx.AsyncClient) -> None:
    """405 as a document."""
    answer = await client.post("/api/v1/status")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert set(answer.headers["allow"].split(", ")) == {"GET", "HEAD"}


def references(document: Any) -> set[str]:
    return set(re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(document)))


@pytest.mark.usefixtures("booking", "quota", "others")
async def test_one_document_describes_all_services(client: httpx.AsyncClient) -> None:
    """All paths; schemas of one name that differ have the service's name in front; every reference leads somewhere."""
    document = (await client.get("/api/v1/openapi.json")).json()
    assert document["openapi"].startswith("3.1")
    assert {"/api/v1/places", "/api/v1/rows", "/api/v1/admin/import", "/api/v1/status"} <= set(document["paths"])
    schemas = document["components"]["schemas"]
    assert list(schemas["booking_svc_Place"]["properties"]) == ["name"]
    assert list(schemas["quota_svc_Place"]["properties"]) == ["number"]
    assert schemas["Row"]["properties"]["places"]["items"] == {"$ref": "#/components/schemas/quota_svc_Place"}
    assert references(document) <= set(schemas)
    assert "Place" not in schemas
    operations = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(operations) == len(set(operations))


async def test_the_document_outlives_a_service(stack: Stack) -> None:
    """Never seen, it is unavailable; once seen, it is shown while a service is down."""
    async with fronting(stack, openapi_cache_seconds=0) as client, all_others(stack):
        async with answering(stack, "booking_svc", booking_app()):
            assert (await client.get("/api/v1/openapi.json")).json()["code"] == "unavailable"
            async with answering(stack, "quota_svc", quota_app()):
                seen = (await client.get("/api/v1/openapi.json")).json()
        assert (await client.get("/api/v1/openapi.json")).json() == seen


async def test_the_document_is_remembered_for_a_while(client: httpx.AsyncClient, stack: Stack) -> None:
    """Many readers do not make the services write it again and again."""
    async with (
        all_others(stack),
        answering(stack, "booking_svc", booking_app()),
        answering(stack, "quota_svc", quota_app()) as quota,
    ):
        first = (await client.get("/api/v1/openapi.json")).content
        quota.openapi_schema = {"openapi": "3.1.0", "paths": {}}
        assert (await client.get("/api/v1/openapi.json")).content == first


def test_a_name_inside_a_name_is_not_renamed() -> None:
    """`Place` is renamed, `Placement` and the word in a description are not."""
    first = {
        "paths": {"/a": {"get": {"schema": {"$ref": "#/components/schemas/Placement"}}}},
        "components": {"schemas": {"Place": {"description": "a Place"}, "Placement": {"items": reference("Place")}}},
    }
    second = {"paths": {}, "components": {"schemas": {"Place": {"description": "another Place"}}}}
    schemas = merge({"one": first, "two": second})["components"]["schemas"]
    assert set(schemas) == {"one_Place", "two_Place", "Placement"}
    assert schemas["Placement"] == {"items": reference("one_Place")}
    assert schemas["one_Place"]["description"] == "a Place"


def test_what_means_the_same_everywhere_keeps_its_name() -> None:
    """Equal schemas are one; but not when they are equal only in words and refer to what differs."""
    parts = {
        name: {
            "paths": {},
            "components": {
                "schemas": {
                    "Same": {"type": "string"},
                    "Other": {"const": name},
                    "Row": {"items": reference("Other")},
                    "Table": {"items": reference("Row")},
                    "Column": {"items": reference("Same")},
                }
            },
        }
        for name in ("one", "two")
    }
    schemas = merge(parts)["components"]["schemas"]
    assert schemas["Column"] == {"items": reference("Same")}
    assert schemas["two_Table"] == {"items": reference("two_Row")}
    assert schemas["one_Row"] == {"items": reference("one_Other")}
    assert {"Other", "Row", "Table"}.isdisjoint(schemas)


def reference(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def test_a_service_without_schemas_is_merged_too() -> None:
    """`components` may be missing."""
    assert merge({"one": {"paths": {"/x": {}}}})["paths"]["/x"] == {}


async def test_the_page_needs_nobody_else(client: httpx.AsyncClient) -> None:
    """No address of another host in page or script; everything it names is served from here, in a narrow policy."""
    page = await client.get("/docs")
    assert page.headers["content-type"].startswith("text/html")
    assert "http://" not in page.text
    assert "https://" not in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]
    links = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(links) == 3
    kinds = {}
    for link in links:
        answer = await client.get(link)
        assert answer.status_code == 200, link
        kinds[link.rsplit(".", 1)[1]] = answer.headers["content-type"].partition(";")[0]
    assert kinds == {"css": "text/css", "js": "text/javascript"}
    assert '"/api/v1/openapi.json"' in (await client.get("/docs/start.js")).text


@pytest.mark.parametrize(
    "path", ["/docs/static/..%2f..%2f__init__.py", "/docs/static/nothing.js", "/docs/static/", "/docs/static"]
)
async def test_only_the_pages_own_files_are_served(client: httpx.AsyncClient, path: str) -> None:
    """No way out of the folder, no listing of it, and the refusal is a document."""
    answer = await client.get(path, follow_redirects=True)
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_the_events_are_described_as_asyncapi(client: httpx.AsyncClient) -> None:
    """Every event of the contracts with its subject and schema."""
    document = (await client.get("/asyncapi.json")).json()
    assert document["asyncapi"].startswith("3.")
    assert set(document["channels"]) == {event.subject for event in events()}
    confirmed = document["components"]["messages"]["booking.confirmed.v1"]
    assert "booking_id" in confirmed["payload"]["properties"]
    for channel in document["channels"].values():
        for message in channel["messages"].values():
            assert message["$ref"].rsplit("/", 1)[1] in document["components"]["messages"]
