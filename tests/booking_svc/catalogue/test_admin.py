"""The administration, part by part: in effect at once, within one's own, every write on record."""

from __future__ import annotations

from typing import Any

import pytest

NAME = {"uk": "Назва", "en": "Name", "pl": "Nazwa"}
KYIV = {"name": NAME, "time_zone": "Europe/Kyiv"}
VISA = {"name": NAME, "duration_minutes": 20}
ORGANISATION = {"code": "rivne", **KYIV}
SERVICE = {"code": "visa", **VISA}
DAY = "2026-11-25"
PAPERS = {"services": ["passport", "permit"], "slot_minutes": 20, "capacity": 2}


def own(settled: Any, **claims: str) -> dict[str, str]:
    """A manager of Lutsk."""
    headers: dict[str, str] = settled.stack.bearer("manager", **{"organisation": "lutsk", **claims})
    return headers


async def slots(settled: Any, service: str = "photo", day: str = DAY) -> int:
    return len(await settled.items(f"/slots?centre=lutsk-main&service={service}&date={day}"))


async def test_another_city_is_set_up_part_by_part(house: Any, city: dict[str, Any]) -> None:
    """Organisation, service, centre, desk, queue: then it can be booked, without a release."""
    bare = {**city["centres"][0], "desks": [], "queues": []}
    for path, body in (
        ("/organisations", {"code": "lutsk", **KYIV}),
        ("/services", {"code": "photo", **VISA}),
        ("/centres", bare),
        ("/desks", {"centre": "lutsk-main", "number": 1, "services": ["photo"]}),
        ("/queues", {"centre": "lutsk-main", "code": "main", "services": ["photo"], "slot_minutes": 60, "capacity": 1}),
    ):
        answer = await house.send("POST", path, body)
        assert answer.status_code == 201, answer.text
    assert answer.headers["location"] == "/api/v1/admin/queues/lutsk-main-main"
    assert answer.json()["id"] == "lutsk-main-main"
    assert await slots(house) == 3


async def test_what_is_there_already_is_not_created(settled: Any, subtests: pytest.Subtests) -> None:
    """409 with a code that says so; nothing is changed."""
    for path, body in [
        ("/organisations", {"code": "lutsk", **KYIV}),
        ("/services", {"code": "photo", **VISA}),
        ("/desks", {"centre": "lutsk-main", "number": 1, "services": ["photo"]}),
        ("/queues", {"centre": "lutsk-main", "code": "papers", **PAPERS}),
    ]:
        with subtests.test(path=path, body=body):
            before = (await settled.get("/centres/lutsk-main")).json()
            answer = await settled.send("POST", path, body)
            assert (answer.status_code, answer.json()["code"]) == (409, "already_exists")
            assert (await settled.get("/centres/lutsk-main")).json() == before


async def test_the_same_key_again_is_the_same_part(settled: Any) -> None:
    """A client that did not hear the answer asks again; another body under the key is a mistake."""
    key = {"Idempotency-Key": "one"}
    first = await settled.send("POST", "/services", SERVICE, **key)
    again = await settled.send("POST", "/services", SERVICE, **key)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    other = await settled.send("POST", "/services", {**SERVICE, "duration_minutes": 5}, **key)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


async def test_put_creates_and_replaces(settled: Any, subtests: pytest.Subtests) -> None:
    """201 with Location the first time, 200 after."""
    for path, body in [
        ("/organisations/rivne", KYIV),
        ("/services/visa", VISA),
        ("/desks/lutsk-main-4", {"services": ["photo"]}),
        ("/calendar/centres/lutsk-main/2026-12-24", {"closed": True}),
        ("/calendar/organisations/lutsk/2026-12-24", {"hours": [["09:00", "10:00"]]}),
    ]:
        with subtests.test(path=path, body=body):
            first = await settled.send("PUT", path, body)
            assert (first.status_code, first.headers.get("location")) == (201, f"/api/v1/admin{path}")
            again = await settled.send("PUT", path, body)
            assert (again.status_code, again.headers.get("location")) == (200, None)
            assert first.json() == again.json()


async def test_a_centre_is_replaced_without_repeating_its_desks(settled: Any, city: dict[str, Any]) -> None:
    """Lists that are left out stay, and its id may be left to the address."""
    body = {key: value for key, value in city["centres"][0].items() if key not in ("id", "desks", "queues")}
    answer = await settled.send("PUT", "/centres/lutsk-main", {**body, "shelter": True})
    assert answer.status_code == 200
    found = (await settled.get("/centres/lutsk-main")).json()
    assert (found["shelter"], len(found["desks"]), len(found["queues"])) == (True, 3, 2)


async def test_a_wrong_part_names_its_field(settled: Any, subtests: pytest.Subtests) -> None:
    """As seen from the body that was sent; a flaw elsewhere in the centre, from the centre."""
    for path, body, field in [
        ("/organisations/rivne", {**KYIV, "code": "kovel"}, "code"),
        ("/desks/lutsk-main-4", {"services": ["photo"], "number": 5}, "number"),
        ("/desks/lutsk-main-4", {"services": ["photo"], "centre": "lublin-main"}, "centre"),
        ("/desks/lutsk-main-x", {"services": ["photo"]}, "id"),
        ("/desks/lutsk-main-04", {"services": ["photo"]}, "id"),
        ("/queues/lutsk-main-1", PAPERS, "id"),
        ("/queues/lutsk-main-papers", {**PAPERS, "code": "other"}, "code"),
        ("/calendar/centres/lutsk-main/2026-12-24", {"closed": True, "date": "2026-12-25"}, "date"),
        ("/calendar/centres/lutsk-main/2026-12-24", {"hours": [["10:00", "09:00"]]}, "hours[0]"),
        ("/calendar/organisations/lutsk/2026-12-24", {"hours": [["10:00", "09:00"]]}, "hours[0]"),
        ("/queues/lutsk-main-papers", {**PAPERS, "capacity": 3}, "capacity"),
        ("/queues/lutsk-main-papers", {**PAPERS, "services": ["passport", "photo"]}, "services[1]"),
        ("/queues/lutsk-main-papers", {**PAPERS, "slot_minutes": 31}, "slot_minutes"),
        ("/desks/lutsk-main-4", {"services": ["visa"]}, "services[0]"),
        ("/organisations/rivne", {**KYIV, "time_zone": "Europe/Rivne"}, "time_zone"),
        ("/organisations/rivne", {**KYIV, "country": "UA"}, "country"),
        ("/desks/lutsk-main-1", {"services": ["photo"]}, "queues[0].capacity"),
    ]:
        with subtests.test(path=path, body=body, field=field):
            answer = await settled.send("PUT", path, body)
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")
            assert field in [error["field"] for error in answer.json()["errors"]]


async def test_a_part_of_nothing_is_not_found(settled: Any, subtests: pytest.Subtests) -> None:
    """Neither to write nor to delete."""
    for path in [
        "/desks/nowhere-1",
        "/queues/nowhere-main",
        "/calendar/centres/nowhere/2026-12-24",
        "/calendar/organisations/nobody/2026-12-24",
    ]:
        with subtests.test(path=path):
            bodies = {"desks": {"services": ["photo"]}, "queues": PAPERS, "calendar": {"closed": True}}
            for method, body in (("PUT", bodies[path.split("/")[1]]), ("DELETE", None)):
                answer = await settled.send(method, path, body)
                assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_a_centre_that_is_switched_off_disappears_and_comes_back(settled: Any, city: dict[str, Any]) -> None:
    """Written again it is on again, with its slots."""
    assert (await settled.send("DELETE", "/centres/lutsk-main")).status_code == 204
    assert (await settled.get("/centres/lutsk-main")).status_code == 404
    assert (await settled.get(f"/slots?centre=lutsk-main&service=photo&date={DAY}")).status_code == 404
    assert [item["centre"] for item in await settled.items("/availability?service=photo")] == ["lublin-main"]
    assert (await settled.send("DELETE", "/centres/lutsk-main")).status_code == 204
    assert (await settled.send("POST", "/centres", city["centres"][0])).status_code == 201
    assert await slots(settled) == 6


async def test_an_organisation_is_switched_off_with_its_centres(settled: Any) -> None:
    """The service is still given elsewhere."""
    await settled.send("DELETE", "/organisations/lutsk")
    assert [item["id"] for item in await settled.items("/centres")] == ["lublin-main"]
    assert [item["code"] for item in await settled.items("/organisations")] == ["lublin"]
    assert (await settled.get("/services/photo")).json()["organisations"] == ["lublin"]


async def test_a_service_is_switched_off_everywhere(settled: Any) -> None:
    """Its neighbour in the queue is given on."""
    await settled.send("DELETE", "/services/permit")
    assert (await settled.get("/services/permit")).status_code == 404
    assert (await settled.get("/availability?service=permit")).status_code == 404
    assert (await settled.get("/centres/lutsk-main")).json()["services"] == ["passport", "photo"]
    assert await slots(settled, "passport") == 9


async def test_a_desk_goes_only_when_its_places_have_gone(settled: Any) -> None:
    """First the queue gets smaller, then the desk may be closed; it comes back as it was."""
    refused = await settled.send("DELETE", "/desks/lutsk-main-2")
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "queues[0].capacity")
    await settled.send("PUT", "/queues/lutsk-main-papers", {**PAPERS, "capacity": 1})
    assert (await settled.send("DELETE", "/desks/lutsk-main-2")).status_code == 204
    assert [desk["number"] for desk in (await settled.get("/centres/lutsk-main")).json()["desks"]] == [1, 3]
    back = await settled.send("PUT", "/desks/lutsk-main-2", {"services": ["passport", "permit"]})
    assert back.status_code == 201


async def test_a_day_is_closed_and_opened_again_at_once(settled: Any) -> None:
    """For the centre, or for all centres of the organisation; twice the same is once."""
    for body in ({"centre": "lutsk-main"}, {"organisation": "lutsk"}):
        path = "centres/lutsk-main" if "centre" in body else "organisations/lutsk"
        answer = await settled.send("POST", "/calendar", {**body, "date": DAY, "closed": True})
        assert (answer.status_code, answer.headers["location"]) == (201, f"/api/v1/admin/calendar/{path}/{DAY}")
        assert await slots(settled) == 0
        again = await settled.send("POST", "/calendar", {**body, "date": DAY, "closed": True})
        assert again.json()["code"] == "already_exists"
        assert (await settled.send("DELETE", f"/calendar/{path}/{DAY}")).status_code == 204
        assert await slots(settled) == 6
        assert (await settled.send("DELETE", f"/calendar/{path}/{DAY}")).status_code == 404


async def test_an_exception_belongs_to_one(settled: Any, subtests: pytest.Subtests) -> None:
    """A centre or an organisation, not both and not none."""
    for owner in [{}, {"centre": "lutsk-main", "organisation": "lutsk"}]:
        with subtests.test(owner=owner):
            answer = await settled.send("POST", "/calendar", {**owner, "date": DAY, "closed": True})
            assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


async def test_hours_of_the_week_change_at_once(settled: Any, city: dict[str, Any]) -> None:
    """An hour less in the morning is two photographs less."""
    body = {key: value for key, value in city["centres"][0].items() if key not in ("desks", "queues")}
    body["hours"]["wed"] = [["10:00", "12:00"]]
    await settled.send("PUT", "/centres/lutsk-main", body)
    assert (await slots(settled), await slots(settled, day="2026-11-26")) == (4, 6)


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("PUT", "/desks/lutsk-main-4", {"services": ["photo"]}, 201),
        ("PUT", "/desks/lublin-main-4", {"services": ["photo"]}, 403),
        ("PUT", f"/calendar/organisations/lutsk/{DAY}", {"closed": True}, 201),
        ("PUT", f"/calendar/organisations/lublin/{DAY}", {"closed": True}, 403),
        ("PUT", "/organisations/lutsk", KYIV, 200),
        ("POST", "/organisations", ORGANISATION, 403),
        ("DELETE", "/organisations/lutsk", None, 403),
        ("PUT", "/services/photo", VISA, 403),
        ("DELETE", "/services/photo", None, 403),
        ("DELETE", "/centres/lublin-main", None, 403),
        ("DELETE", "/centres/lutsk-main", None, 204),
    ],
)
async def test_a_manager_writes_within_the_own_organisation(
    settled: Any, method: str, path: str, body: dict[str, Any] | None, status: int
) -> None:
    """Everything else is forbidden and stays as it was."""
    answer = await settled.send(method, path, body, **own(settled))
    assert answer.status_code == status, answer.text
    if status == 403:
        assert answer.json()["code"] == "forbidden"
        assert await settled.rows("SELECT 1 FROM audit WHERE action <> 'catalogue.import'") == []


async def test_a_manager_of_one_centre_writes_there_only(settled: Any, city: dict[str, Any]) -> None:
    """Not in the neighbour's of the same organisation."""
    await settled.load({"centres": [{**city["centres"][0], "id": "lutsk-north"}]})
    here, there = own(settled, centre="lutsk-main"), own(settled, centre="lutsk-north")
    path, body = f"/calendar/centres/lutsk-main/{DAY}", {"closed": True}
    assert (await settled.send("PUT", path, body, **there)).status_code == 403
    assert (await settled.send("PUT", path, body, **here)).status_code == 201


async def test_nobody_else_writes(settled: Any, subtests: pytest.Subtests) -> None:
    """Also not within the own organisation."""
    for roles in [["citizen"], ["terminal"], ["administrator"], ["analyst"], ["system"]]:
        with subtests.test(roles=roles):
            headers = settled.stack.bearer(*roles, organisation="lutsk", centre="lutsk-main")
            assert (await settled.send("DELETE", "/centres/lutsk-main", **headers)).status_code == 403


async def test_without_a_token_nothing_is_written(settled: Any) -> None:
    """401, and the way to log in."""
    answer = await settled.client.delete("/api/v1/admin/centres/lutsk-main")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")


async def test_every_write_is_on_record(settled: Any) -> None:
    """Who, what, where; also the same write again."""
    await settled.send("PUT", "/desks/lutsk-main-4", {"services": ["photo"]}, **own(settled, sub="olena"))
    await settled.send("DELETE", "/desks/lutsk-main-4", **own(settled, sub="olena"))
    rows = await settled.rows("SELECT actor, action, resource, at FROM audit ORDER BY id OFFSET 1")
    assert [tuple(row)[:3] for row in rows] == [
        ("olena", "catalogue.put", "desks/lutsk-main-4"),
        ("olena", "catalogue.remove", "desks/lutsk-main-4"),
    ]
    assert rows[0]["at"] == settled.clock.now()


async def test_what_was_refused_is_not_on_record(settled: Any) -> None:
    """It did not happen."""
    await settled.send("PUT", "/desks/lutsk-main-4", {"services": ["visa"]})
    assert len(await settled.rows("SELECT 1 FROM audit")) == 1
