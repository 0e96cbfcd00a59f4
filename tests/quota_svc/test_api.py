"""The routes: what an applicant may read, and the administration of policies."""

from typing import Any
from uuid import uuid4

import pytest

from services.privacy import Privacy
from services.testing import SECRETS

NUMBER, FIRM, DOCUMENT = "1234567899", "14360570", "PL:passport:AB1234567"
PRIVACY = Privacy(SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
POLICIES = "/api/v1/admin/policies"
RULE = {
    "organisation": "hsc",
    "applicant": "individual",
    "channel": "online",
    "limit": 2,
    "period": "month",
    "cancelled_counts": True,
    "no_show_limit": None,
    "valid_from": "2026-12-01",
    "valid_to": None,
}


async def quota(world: Any, organisation: str = "hsc", **claims: Any) -> dict[str, Any]:
    answer = await world.client.get(
        "/api/v1/quota", params={"organisation": organisation}, headers=world.citizen(**claims)
    )
    assert answer.status_code == 200, answer.text
    document: dict[str, Any] = answer.json()
    return document


async def test_a_citizen_reads_what_counts_in_every_period_of_the_window(world: Any) -> None:
    claim = await world.granted(keys=PRIVACY.keys("rnokpp", NUMBER))
    document = await quota(world)
    assert document["blocked"] is None
    assert document["items"][0] == {
        "channel": "online",
        "rule": "hsc/individual/online/month",
        "limit": 4,
        "used": 1,
        "period": "2026-11",
        "renews_at": "2026-12-01T00:00:00+02:00",
        "counting": [str(claim.booking_id)],
    }
    assert [(item["channel"], item["period"], item["used"]) for item in document["items"][1:]] == [
        ("online", "2026-12", 0),
        ("terminal", "2026-11", 0),
        ("terminal", "2026-12", 0),
    ]


async def test_a_legal_entity_reads_its_own_days(world: Any) -> None:
    await world.granted(kind="legal_entity", channel="terminal", keys=PRIVACY.keys("edrpou", FIRM))
    items = (await quota(world, edrpou=FIRM))["items"]
    assert len(items) == 42
    assert [item["period"] for item in items if item["used"]] == ["2026-11-25"]
    assert {(item["channel"], item["limit"]) for item in items} == {("online", 4), ("terminal", 6)}


async def test_an_applicant_without_a_tax_number_is_known_by_document(world: Any) -> None:
    await world.granted(keys=PRIVACY.keys("document", DOCUMENT))
    items = (await quota(world, number=None, document=DOCUMENT))["items"]
    assert items[0]["used"] == 1


async def test_nobody_sees_what_another_person_booked(world: Any) -> None:
    await world.granted(keys=PRIVACY.keys("rnokpp", NUMBER))
    assert all(item["used"] == 0 for item in (await quota(world, number="2472202757"))["items"])


async def test_cancelled_bookings_that_count_are_listed_and_released_ones_are_not(world: Any) -> None:
    keys = PRIVACY.keys("rnokpp", NUMBER)
    kept, freed = await world.granted(keys=keys), await world.granted(keys=keys)
    await world.confirm(kept, freed)
    await world.cancel(kept)
    await world.cancel(freed, by="centre")
    item = (await quota(world))["items"][0]
    assert (item["used"], item["counting"]) == (1, [str(kept.booking_id)])


async def test_without_a_policy_the_limit_is_null(world: Any) -> None:
    await world.organisation("lublin-bom", "Europe/Warsaw")
    items = (await quota(world, "lublin-bom"))["items"]
    assert {(item["limit"], item["rule"]) for item in items} == {(None, None)}
    assert items[0]["renews_at"] == "2026-12-01T00:00:00+01:00"


async def test_reading_after_a_rotation_of_keys_finds_what_the_old_key_counted(world: Any) -> None:
    await world.granted(keys=PRIVACY.keys("rnokpp", NUMBER))
    rotated = Privacy("2:" + "33" * 32 + "," + SECRETS["privacy_hmac_keys"], SECRETS["privacy_seal_keys"])
    await world.granted(keys=rotated.keys("rnokpp", NUMBER))
    assert (await quota(world))["items"][0]["used"] == 2


@pytest.mark.parametrize(
    ("path", "claims", "status", "code"),
    [
        ("/api/v1/quota?organisation=nowhere", {}, 404, "not_found"),
        ("/api/v1/quota", {}, 422, "invalid_request"),
        ("/api/v1/quota?organisation=HSC%00", {}, 422, "invalid_request"),
        ("/api/v1/quota?organisation=hsc", {"number": None}, 403, "forbidden"),
    ],
)
async def test_a_question_that_cannot_be_answered_says_why(
    world: Any, path: str, claims: dict[str, Any], status: int, code: str
) -> None:
    answer = await world.client.get(path, headers=world.citizen(**claims))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["content-type"] == "application/problem+json"


async def test_quotas_are_read_with_a_token_only(world: Any) -> None:
    answer = await world.client.get("/api/v1/quota?organisation=hsc")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")


class Admin:
    """Calls the administration as somebody."""

    def __init__(self, world: Any, *roles: str, **claims: Any) -> None:
        self.client, self.headers = world.client, world.stack.bearer(*roles, **claims)

    async def call(self, method: str, path: str = POLICIES, body: Any = None, **headers: str) -> Any:
        return await self.client.request(method, path, json=body, headers=self.headers | headers)


@pytest.fixture
def admin(world: Any) -> Admin:
    return Admin(world, "admin")


async def test_a_created_policy_is_in_force_at_once_and_ends_the_one_before(world: Any, admin: Admin) -> None:
    answer = await admin.call("POST", body=RULE)
    assert answer.status_code == 201, answer.text
    created = answer.json()
    assert created == RULE | {"id": created["id"]}
    assert answer.headers["location"] == f"{POLICIES}/{created['id']}"
    assert (await admin.call("GET", answer.headers["location"])).json() == created
    listed = (await admin.call("GET", f"{POLICIES}?organisation=hsc")).json()
    online = [rule for rule in listed["items"] if (rule["applicant"], rule["channel"]) == ("individual", "online")]
    assert [(rule["valid_from"], rule["valid_to"]) for rule in online] == [
        ("2025-01-01", "2026-11-30"),
        ("2026-12-01", None),
    ]
    assert [item["limit"] for item in (await quota(world))["items"][:2]] == [4, 2]


async def test_a_second_policy_with_the_same_first_day_is_refused(world: Any, admin: Admin) -> None:
    await admin.call("POST", body=RULE)
    answer = await admin.call("POST", body=RULE | {"limit": 9})
    assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")


async def test_creating_twice_with_one_key_creates_one_policy(world: Any, admin: Admin) -> None:
    key = {"Idempotency-Key": "abc"}
    first, second = [await admin.call("POST", POLICIES, RULE, **key) for _ in range(2)]
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()


async def test_a_policy_is_put_by_its_first_day_or_by_its_id(world: Any, admin: Admin) -> None:
    first = (await admin.call("PUT", body=RULE)).json()
    second = (await admin.call("PUT", body=RULE | {"limit": 3})).json()
    assert second == first | {"limit": 3}
    path = f"{POLICIES}/{first['id']}"
    moved = await admin.call("PUT", path, RULE | {"valid_from": "2026-12-10"})
    assert moved.json() == first | {"valid_from": "2026-12-10"}
    taken = await admin.call("PUT", path, RULE | {"valid_from": "2025-01-01"})
    assert (taken.status_code, taken.json()["code"]) == (409, "already_exists")


async def test_a_deleted_policy_limits_nobody(world: Any, admin: Admin) -> None:
    for policy in (await admin.call("GET")).json()["items"]:
        assert (await admin.call("DELETE", f"{POLICIES}/{policy['id']}")).status_code == 204
    for _ in range(6):
        await world.granted()
    assert (await admin.call("DELETE", f"{POLICIES}/{uuid4()}")).status_code == 404


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"limit": -1}, "limit"),
        ({"limit": "4"}, "limit"),
        ({"limit": 10**9}, "limit"),
        ({"no_show_limit": 0}, "no_show_limit"),
        ({"no_show_limit": 4, "channel": "terminal"}, "no_show_limit"),
        ({"no_show_limit": 4, "applicant": "legal_entity"}, "no_show_limit"),
        ({"period": "year"}, "period"),
        ({"applicant": "robot"}, "applicant"),
        ({"channel": "operator"}, "channel"),
        ({"organisation": "nowhere"}, "organisation"),
        ({"valid_to": "2026-11-01"}, "valid_to"),
        ({"valid_from": "soon"}, "valid_from"),
        ({"colour": "green"}, "colour"),
    ],
)
async def test_a_policy_that_makes_no_sense_is_refused_by_field(
    world: Any, admin: Admin, change: dict[str, Any], field: str
) -> None:
    answer = await admin.call("POST", body=RULE | change)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
    assert [error["field"] for error in answer.json()["errors"]] == [field]


async def test_a_manager_governs_the_own_organisation_only(world: Any, admin: Admin) -> None:
    await world.organisation("lublin-bom", "Europe/Warsaw")
    foreign = (await admin.call("POST", body=RULE | {"organisation": "lublin-bom"})).json()
    manager = Admin(world, "manager", organisation="hsc")
    assert (await manager.call("POST", body=RULE)).status_code == 201
    listed = (await manager.call("GET")).json()["items"]
    assert {policy["organisation"] for policy in listed} == {"hsc"}
    path = f"{POLICIES}/{foreign['id']}"
    attempts = [
        await manager.call("GET", path),
        await manager.call("GET", f"{POLICIES}?organisation=lublin-bom"),
        await manager.call("POST", body=RULE | {"organisation": "lublin-bom"}),
        await manager.call("PUT", body=RULE | {"organisation": "lublin-bom"}),
        await manager.call("PUT", path, RULE),
        await manager.call("DELETE", path),
        await manager.call("PUT", f"{POLICIES}/{listed[0]['id']}", RULE | {"organisation": "lublin-bom"}),
    ]
    assert [answer.status_code for answer in attempts] == [403] * len(attempts)


async def test_a_manager_without_an_organisation_governs_nothing(world: Any) -> None:
    nobody = Admin(world, "manager")
    assert (await nobody.call("GET")).status_code == 403
    assert (await nobody.call("POST", body=RULE)).status_code == 403


@pytest.mark.parametrize("role", ["citizen", "administrator", "analyst", "system"])
async def test_other_roles_do_not_touch_policies(world: Any, role: str) -> None:
    somebody = Admin(world, role, organisation="hsc")
    assert [(await somebody.call(method, body=RULE)).status_code for method in ("GET", "POST", "PUT")] == [403] * 3


async def test_every_change_of_a_policy_is_audited(world: Any, admin: Admin) -> None:
    created = (await admin.call("POST", body=RULE)).json()
    await admin.call("PUT", body=RULE | {"limit": 3})
    await admin.call("PUT", f"{POLICIES}/{created['id']}", RULE)
    await admin.call("DELETE", f"{POLICIES}/{created['id']}")
    rows = await world.store.fetch("SELECT actor, action, resource FROM audit ORDER BY id")
    assert [row["action"] for row in rows] == ["policy.create", "policy.put", "policy.replace", "policy.delete"]
    assert {(row["actor"], row["resource"]) for row in rows} == {("somebody", f"policy/{created['id']}")}


async def test_a_refused_change_is_neither_stored_nor_audited(world: Any) -> None:
    manager = Admin(world, "manager", organisation="lublin-bom")
    await manager.call("POST", body=RULE)
    assert await world.store.fetchval("SELECT count(*) FROM audit") == 0
    assert await world.store.fetchval("SELECT count(*) FROM policy") == 4
