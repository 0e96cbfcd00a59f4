"""The import: all or nothing, again without harm, told to the others, and nobody's name in clear."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

POLICY = {"organisation": "lutsk", "applicant": "individual", "channel": "online", "limit": 4, "period": "month"}
POLICY |= {"valid_from": "2026-01-01"}
MEMBER = {"id": "olena", "organisation": "lutsk", "centre": "lutsk-main", "desk": "lutsk-main-1"}
MEMBER |= {"role": "administrator", "name": "Олена Коваль"}
NEW = {"created": 1, "updated": 0, "unchanged": 0}
SAME = {"created": 0, "updated": 0, "unchanged": 1}


async def events(house: Any, subject: str) -> list[Any]:
    """What was told under a subject, in order."""
    rows = await house.rows("SELECT envelope FROM outbox WHERE subject = $1 ORDER BY id", subject)
    return [json.loads(row["envelope"])["data"] for row in rows]


async def count(house: Any, table: str) -> int:
    rows = await house.rows(f"SELECT count(*) AS count FROM {table}")
    number: int = rows[0]["count"]
    return number


async def test_a_city_is_there_at_once(house: Any, city: dict[str, Any]) -> None:
    """Catalogue and slots, when the answer comes."""
    counts = await house.load(city)
    assert counts["centres"] == {"created": 2, "updated": 0, "unchanged": 0}
    assert counts["desks"]["created"] == 6
    assert [item["id"] for item in await house.items("/centres")] == ["lublin-main", "lutsk-main"]
    assert len(await house.items("/slots?centre=lutsk-main&service=photo&date=2026-11-25")) == 6


async def test_the_same_again_changes_nothing(settled: Any, city: dict[str, Any]) -> None:
    """Not a slot, not an event, and the counts say so."""
    before = await settled.rows("SELECT * FROM slot ORDER BY id")
    counts = await settled.load(city)
    assert all(kind.get("created", 0) == kind.get("updated", 0) == 0 for kind in counts.values())
    assert counts["queues"]["unchanged"] == 4
    assert await settled.rows("SELECT * FROM slot ORDER BY id") == before
    assert len(await events(settled, "booking.organisation_changed.v1")) == 2


async def test_one_flaw_and_nothing_is_stored(house: Any, city: dict[str, Any]) -> None:
    """All or nothing; every flaw is named with its place in the document."""
    city["centres"][1]["queues"][0]["capacity"] = 3
    city["centres"][1]["desks"][2]["services"] = ["visa"]
    answer = await house.send("POST", "/import", city)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    fields = [error["field"] for error in answer.json()["errors"]]
    assert fields == ["centres[1].desks[2].services[0]"] + [f"centres[1].queues[{at}].capacity" for at in (0, 1)]
    for table in ("organisation", "service", "centre", "slot", "outbox", "audit"):
        assert await count(house, table) == 0


async def test_a_part_may_come_later(settled: Any, city: dict[str, Any]) -> None:
    """A document of one new centre refers to what is there already."""
    third = {**city["centres"][0], "id": "lutsk-north"}
    counts = await settled.load({"centres": [third]})
    assert counts["centres"] == NEW
    assert len(await settled.items("/centres")) == 3


async def test_policies_leave_in_the_same_transaction(settled: Any) -> None:
    """For quota_svc, as an event."""
    counts = await settled.load({"policies": [POLICY]})
    assert counts["policies"] == {"sent": 1}
    told = await events(settled, "booking.policies_imported.v1")
    assert told == [{"policies": [{**POLICY, "cancelled_counts": True, "no_show_limit": None, "valid_to": None}]}]


async def test_an_organisation_that_changed_is_told(settled: Any, city: dict[str, Any]) -> None:
    """Once for each change, with what the others need: zone and window."""
    city["organisations"][1]["window_days"] = 14
    await settled.load(city)
    [changed] = (await events(settled, "booking.organisation_changed.v1"))[2:]
    told = {"code": "lublin", "time_zone": "Europe/Warsaw", "window_days": 14, "opens_at": "06:00", "active": True}
    assert changed.items() >= told.items()


async def test_names_of_staff_are_sealed(settled: Any) -> None:
    """Nowhere in the store in clear, and yet the same import changes nothing."""
    assert (await settled.load({"staff": [MEMBER]}))["staff"] == NEW
    assert (await settled.load({"staff": [MEMBER]}))["staff"] == SAME
    renamed = await settled.load({"staff": [{**MEMBER, "name": "Олена Мельник"}]})
    assert renamed["staff"] == {"created": 0, "updated": 1, "unchanged": 0}
    for table in ("staff", "outbox", "audit"):
        assert "Олена" not in str([tuple(row) for row in await settled.rows(f"SELECT * FROM {table}")])
    rows = await settled.rows("SELECT sealed_name FROM staff")
    opened = settled.context.privacy.open(rows[0]["sealed_name"], context=b"staff:olena")
    assert opened.decode() == "Олена Мельник"


async def test_an_import_is_audited_with_its_counts(settled: Any) -> None:
    """Who, when, what; no names."""
    rows = await settled.rows("SELECT actor, roles, action, resource, details FROM audit")
    assert [tuple(row)[:4] for row in rows] == [("somebody", ["admin"], "catalogue.import", "catalogue")]
    assert json.loads(rows[0]["details"])["centres"]["created"] == 2


async def test_imports_at_the_same_time_pass_one_by_one(house: Any, city: dict[str, Any]) -> None:
    """Four at once: one creates, the others find everything there."""
    results = await asyncio.gather(*(house.load(city) for _ in range(4)))
    assert sorted(result["centres"]["created"] for result in results) == [0, 0, 0, 2]
    assert await count(house, "centre") == 2


async def test_writes_at_the_same_time_cannot_make_a_flaw_together(settled: Any) -> None:
    """Three desks for two places: each of them may go, but only one does."""
    await settled.send("PUT", "/desks/lutsk-main-4", {"services": ["passport", "permit"]})
    results = await asyncio.gather(*(settled.send("DELETE", f"/desks/lutsk-main-{number}") for number in (1, 2, 4)))
    assert sorted(answer.status_code for answer in results) == [204, 422, 422]
    assert (await settled.client.get("/doctor")).json() == {"findings": []}


async def test_a_document_of_two_mebibytes_is_taken(settled: Any, city: dict[str, Any]) -> None:
    """This route takes up to 32 MiB, others one."""
    long = dict.fromkeys(("uk", "en", "pl"), "х" * 2000)
    city["services"][0]["steps"] = [long] * 200
    assert len(json.dumps(city, ensure_ascii=False).encode()) > 2 * 1024 * 1024
    assert (await settled.load(city))["services"]["updated"] == 1
    refused = await settled.send("PUT", "/services/passport", {**city["services"][0], "code": "passport"})
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")


async def test_what_is_no_document_is_refused(settled: Any, subtests: pytest.Subtests) -> None:
    """422, whatever it is."""
    for body in [b"", b"[]", b'"text"', b"{", b"\xff\xfe", b'{"organisations": null}']:
        with subtests.test(body=body):
            answer = await settled.client.post("/api/v1/admin/import", content=body, headers=settled.admin)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_only_an_admin_imports(house: Any, city: dict[str, Any], subtests: pytest.Subtests) -> None:
    """Policies and all organisations are in it."""
    for roles, status in [(["manager"], 403), (["citizen"], 403), (["administrator"], 403), ([], 403), (None, 401)]:
        with subtests.test(roles=roles, status=status):
            headers = {"Authorization": "Bearer nonsense"}
            if roles is not None:
                headers = house.stack.bearer(*roles, organisation="lutsk")
            answer = await house.send("POST", "/import", city, **headers)
            assert answer.status_code == status
            assert await count(house, "centre") == 0
