"""Pausing and resuming by the front door: bodies, roles, shelters, events, audit."""

from datetime import timedelta

import pytest

from tests.booking_svc.pauses.conftest import REGION, Staff


def codes(answer):
    return answer.status_code, answer.json()["code"]


async def test_a_manager_pauses_and_resumes_the_own_centre(land):
    """The answer says since when and why, in the centre's time; afterwards that nothing is paused."""
    answer = await land.manager.pause()
    assert answer.status_code == 200
    assert answer.json() == {
        "centre": "lutsk-main",
        "paused": {"reason": "air_raid", "since": "2026-11-24T09:00:00+02:00"},
    }
    assert await land.paused() == {"lutsk-main": "air_raid"}
    assert (await land.manager.resume()).json() == {"centre": "lutsk-main", "paused": None}
    assert await land.paused() == {}
    assert await land.told() == [("centre.paused.v1", "lutsk-main"), ("centre.resumed.v1", "lutsk-main")]


async def test_pausing_and_resuming_again_changes_nothing(land):
    """200 the same, with the first pause's reason and beginning; nothing is told or noted twice."""
    assert (await land.manager.resume()).json()["paused"] is None
    first = await land.manager.pause()
    land.house.clock.advance(timedelta(minutes=5))
    again = await land.manager.pause(reason="power")
    assert (again.status_code, again.json()) == (200, first.json())
    await land.manager.resume()
    assert (await land.manager.resume()).status_code == 200
    assert len(await land.told()) == 2
    rows = await land.house.rows("SELECT actor, action, resource FROM audit WHERE action LIKE 'centre.%' ORDER BY id")
    assert [tuple(row) for row in rows] == [
        ("manager-1", "centre.pause", "centre/lutsk-main"),
        ("manager-1", "centre.resume", "centre/lutsk-main"),
    ]


async def test_a_region_is_paused_and_resumed_in_one_call(land):
    """Every organisation's centres in it; those in shelters work on."""
    answer = await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"})
    assert answer.status_code == 200
    assert answer.json()["changed"] == 2
    assert answer.json()["working"] == ["lutsk-shelter"]
    assert await land.paused() == {"lublin-main": "air_raid", "lutsk-main": "air_raid"}
    zones = {item["centre"]: item["paused"]["since"][-6:] for item in answer.json()["items"]}
    assert zones == {"lublin-main": "+01:00", "lutsk-main": "+02:00"}
    again = await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"})
    assert (again.status_code, again.json()["changed"]) == (200, 0)
    ended = await land.feed.post("/pauses/end", {"region": REGION})
    assert ended.json()["changed"] == 2
    assert {item["paused"] for item in ended.json()["items"]} == {None}
    assert await land.paused() == {}
    assert len(await land.told()) == 4
    assert (await land.feed.post("/pauses/end", {"region": REGION})).json()["changed"] == 0


async def test_an_organisation_is_paused_by_who_manages_all_of_it(land):
    """A power cut stops the shelter too, and leaves other organisations alone."""
    body = {"organisation": "lutsk", "reason": "power"}
    assert (await land.head.post("/pauses", body)).json()["changed"] == 2
    assert await land.paused() == {"lutsk-main": "power", "lutsk-shelter": "power"}
    assert (await land.head.post("/pauses/end", {"organisation": "lutsk"})).json()["changed"] == 2
    assert codes(await land.manager.post("/pauses", body)) == (403, "forbidden")
    foreign = Staff(land.house, "manager", organisation="lublin")
    assert codes(await foreign.post("/pauses", body)) == (403, "forbidden")
    assert await land.paused() == {}


async def test_an_all_clear_brings_no_power(land):
    """With a reason only the pauses that began for it end."""
    await land.manager.pause(reason="power")
    await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"})
    await land.feed.post("/pauses/end", {"region": REGION, "reason": "air_raid"})
    assert await land.paused() == {"lutsk-main": "power"}
    await land.feed.post("/pauses/end", {"region": REGION})
    assert await land.paused() == {}


async def test_a_centre_in_a_shelter_is_not_paused_by_an_alert(land):
    """409 works_in_shelter, which says what to do if it has stopped all the same."""
    answer = await land.head.pause("lutsk-shelter")
    assert codes(answer) == (409, "works_in_shelter")
    assert (await land.head.pause("lutsk-shelter", "other")).status_code == 200


async def test_a_region_of_shelters_alone_stays_as_it_is(land, city):
    """200, nothing changed."""
    for centre in city["centres"]:
        centre["shelter"] = True
    await land.house.load(city)
    answer = await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"})
    assert (answer.status_code, answer.json()["items"], answer.json()["changed"]) == (200, [], 0)
    assert len(answer.json()["working"]) == 3


@pytest.mark.parametrize(
    ("role", "claims"),
    [
        ("manager", {"organisation": "lutsk", "centre": "lutsk-shelter"}),
        ("manager", {"organisation": "lublin"}),
        ("manager", {}),
        ("system", {"organisation": "lublin"}),
        ("administrator", {"organisation": "lutsk", "centre": "lutsk-main"}),
        ("citizen", {}),
    ],
)
async def test_nobody_pauses_what_is_not_theirs(land, role, claims):
    """403, and nothing changes."""
    caller = Staff(land.house, role, **claims)
    assert codes(await caller.pause()) == (403, "forbidden")
    assert codes(await caller.resume()) == (403, "forbidden")
    assert await land.paused() == {}


async def test_a_region_belongs_to_no_manager(land):
    """403 for managers; a system of one organisation reaches that one's centres there."""
    body = {"region": REGION, "reason": "air_raid"}
    assert codes(await land.head.post("/pauses", body)) == (403, "forbidden")
    await Staff(land.house, "system", organisation="lublin").post("/pauses", body)
    assert await land.paused() == {"lublin-main": "air_raid"}


async def test_what_is_unknown_is_not_found(land):
    """404 for a centre, a region and an organisation; 401 without a login."""
    assert codes(await land.feed.pause("nowhere")) == (404, "not_found")
    for area in ({"region": "UA99"}, {"organisation": "nobody"}):
        assert codes(await land.feed.post("/pauses", {**area, "reason": "other"})) == (404, "not_found")
        assert codes(await land.feed.post("/pauses/end", area)) == (404, "not_found")
    assert (await land.house.client.post("/api/v1/centres/lutsk-main/resume")).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"reason": "lunch"},
        {"reason": "power", "more": 1},
        {"region": REGION, "organisation": "lutsk", "reason": "power"},
    ],
)
async def test_a_wrong_body_says_which_field(land, body):
    """422 on both routes."""
    assert codes(await land.feed.post("/centres/lutsk-main/pause", body)) == (422, "invalid_request")
    assert codes(await land.feed.post("/pauses", body)) == (422, "invalid_request")
    assert await land.paused() == {}


async def test_a_key_stands_for_one_pause(land):
    """The same key and body again: the same answer; another body: 422 idempotency_mismatch."""
    key = {"Idempotency-Key": "siren"}
    first = await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"}, **key)
    again = await land.feed.post("/pauses", {"region": REGION, "reason": "air_raid"}, **key)
    assert again.json()["items"] == first.json()["items"]
    other = await land.feed.post("/pauses", {"region": REGION, "reason": "power"}, **key)
    assert codes(other) == (422, "idempotency_mismatch")
