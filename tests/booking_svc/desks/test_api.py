"""The manager closes desks and opens them again."""

import asyncio

import pytest

from services.testing import eventually
from tests.booking_svc.visits.conftest import day


async def test_a_closed_desk_finishes_its_visitor_and_calls_nobody(hall):
    """409 desk_closed until it is opened; the other desks call on."""
    for time in ("10:00", "10:20", "10:40"):
        await hall.arrived(time)
    visit = await hall.called(1)
    answer = await hall.post("/desks/town-1/close", by=hall.manager)
    assert answer.status_code == 200, answer.text
    assert answer.json() == {
        "desk": "town-1",
        "number": 1,
        "centre": "town",
        "services": ["licence-exchange"],
        "open": False,
        "closed_since": "2026-11-24T09:00:00+02:00",
    }
    assert (await hall.call(1)).json()["code"] == "desk_closed", "before desk_busy: finishing would not help"
    assert (await hall.step(visit, "recall")).status_code == 200
    assert (await hall.step(visit, "skip")).status_code == 200
    refused = await hall.call(1, by=hall.staff | {"Accept-Language": "en"})
    assert (refused.status_code, refused.json()["code"]) == (409, "desk_closed")
    assert "ask the manager to open it" in refused.json()["detail"]
    await hall.called(2)
    opened = await hall.post("/desks/town-1/open", by=hall.manager)
    assert (opened.json()["open"], opened.json()["closed_since"]) == (True, None)
    await hall.called(1)


async def test_again_changes_nothing_and_is_audited_once(hall):
    """With a key or without."""
    for step in ("close", "open"):
        answers = [await hall.post(f"/desks/town-1/{step}", by=hall.manager, key=key) for key in (step, step, None)]
        assert [answer.status_code for answer in answers] == [200] * 3
        assert len({answer.text for answer in answers}) == 1
        hall.clock.advance(hall.town.at("09:30") - hall.clock.now())
    rows = await hall.context.db.hot("SELECT actor, action, resource FROM audit WHERE action LIKE 'desk.%' ORDER BY at")
    assert [tuple(row) for row in rows] == [
        ("manager-town", "desk.close", "desk/town-1"),
        ("manager-town", "desk.open", "desk/town-1"),
    ]


async def test_a_pause_is_said_first(hall):
    """As before: while paused 409 paused."""
    await hall.post("/desks/town-1/close", by=hall.manager)
    await hall.post("/centres/town/pause", {"reason": "power"}, by=hall.manager)
    assert (await hall.call(1)).json()["code"] == "paused"


async def test_an_import_or_the_administration_opens_nothing(hall):
    """The catalogue says which desks there are, the manager which of them are open."""
    await hall.post("/desks/town-1/close", by=hall.manager)
    admin = hall.town.stack.bearer("admin")
    imported = await hall.town.booking.post("/api/v1/admin/import", json=day(), headers=admin)
    assert imported.status_code == 200
    put = {"services": ["licence-exchange", "theory-exam"]}
    assert (await hall.town.booking.put("/api/v1/admin/desks/town-1", json=put, headers=admin)).is_success
    assert (await hall.call(1)).json()["code"] == "desk_closed"


@pytest.mark.parametrize("step", ["open", "close"])
async def test_only_who_manages_the_centre(hall, step):
    """403 to another centre's manager and other roles, 404 for a desk unknown or switched off, 401 without login."""
    path, bearer = f"/desks/town-1/{step}", hall.town.stack.bearer
    may = [hall.manager, bearer("manager", organisation="hsc"), bearer("admin")]
    may_not = [
        hall.staff_of("other", "manager"),
        bearer("manager", organisation="lutsk-cnap"),
        bearer("manager"),
        hall.staff,
        hall.terminal,
        hall.town.citizen(),
    ]
    assert [(await hall.post(path, by=by)).status_code for by in may] == [200] * 3
    assert [(await hall.post(path, by=by)).status_code for by in may_not] == [403] * 6
    assert (await hall.post(f"/desks/town-9/{step}", by=hall.manager)).status_code == 404
    fourth = {"centre": "town", "number": 4, "services": ["theory-exam"]}
    assert (await hall.post("/admin/desks", fourth, by=bearer("admin"))).is_success
    assert (await hall.town.booking.delete("/api/v1/admin/desks/town-4", headers=bearer("admin"))).is_success
    assert (await hall.post(f"/desks/town-4/{step}", by=hall.manager)).status_code == 404
    assert (await hall.town.booking.post(f"/api/v1{path}")).status_code == 401


async def test_no_call_is_answered_after_the_close(hall):
    """A close waits for the call under way; what comes later is refused."""
    await hall.arrived("10:00")
    connection = await hall.context.db.connect()
    lock = connection.transaction()
    await lock.start()
    await connection.execute("SELECT pg_advisory_xact_lock(hashtext('vizyt.desk'), hashtext('town-1'))")
    closing = asyncio.create_task(hall.post("/desks/town-1/close", by=hall.manager))
    await eventually(lambda: waiting(connection))
    calling = asyncio.create_task(hall.call(1))
    await lock.rollback()
    assert (await closing).status_code == 200
    assert (await calling).json()["code"] == "desk_closed"
    await connection.close()


async def waiting(connection):
    """Whether the close waits for the desk's lock."""
    found = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    return int(await connection.fetchval(found)) >= 1
