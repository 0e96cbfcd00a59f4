"""Names and contacts go when the organisation's period is over; figures stay; who asks beforehand is told how many."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest_asyncio

from booking_svc.retention import handlers
from services.context import Context
from services.testing import Stack, eventually
from tests.booking_svc.bookings.conftest import Town, document, opened

DAYS = 30
CONTACT = {"email": "olena@example.org"}


class Archive:
    def __init__(self, town: Town) -> None:
        self.town = town
        self.context: Context = town.booking._transport.app.state.context  # type: ignore[attr-defined]

    async def rows(self, statement: str, *arguments: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in await self.context.db.hot(statement, *arguments)]

    async def ended(self) -> list[str]:
        """Of four bookings of today one is cancelled, one expired, one finished, one never sent on from the desk; one
        is for tomorrow, and cancelled.
        """
        town, ids = self.town, []
        for index, time in enumerate(("15:00", "15:20", "15:40", "16:00"), 1):
            held = (await town.hold(town.citizen(index), town.at(time), contact=CONTACT)).json()
            ids.append(held["id"])
            if time != "15:20":
                await town.step(town.citizen(index), held["id"], "confirm")
        later = await town.hold(town.citizen(5), town.at("15:00", days=1), contact=CONTACT)
        for index, booking_id in ((1, ids[0]), (5, later.json()["id"])):
            await town.step(town.citizen(index), booking_id, "cancel")
        await self.rows(
            "UPDATE booking SET status = 'finished', ended_at = starts_at, verified_at = starts_at,"
            " started_at = starts_at, outcome = 'served' WHERE id = $1",
            ids[2],
        )
        await self.rows(
            "UPDATE booking SET status = 'called', checked_in_at = starts_at, called_at = starts_at, calls = 1,"
            " desk = 'town-1' WHERE id = $1",
            ids[3],
        )
        town.stack.clock.advance(timedelta(minutes=6))  # the hold of 15:20 runs out

        async def expired() -> bool:
            return (await self.rows("SELECT status FROM booking WHERE id = $1", ids[1]))[0]["status"] == "expired"

        await eventually(expired)
        return [*ids, later.json()["id"]]

    async def retention(self, method: str) -> dict[str, Any]:
        admin = self.town.stack.bearer("admin", sub="the-admin")
        answer = await self.town.booking.request(method, "/api/v1/admin/retention", headers=admin)
        assert answer.status_code == 200, answer.text
        return {item["organisation"]: item for item in answer.json()["items"]}

    def later_without_the_job(self) -> None:
        """When all of today is due; the job believes that it has been there already."""
        self.town.stack.clock.advance(timedelta(days=DAYS + 1))
        self.context.get(handlers.Daily).done_on = self.town.stack.clock.now().date()

    async def named(self) -> set[str]:
        """The bookings that still have names or a contact."""
        rows = await self.rows("SELECT id FROM booking WHERE names IS NOT NULL OR contact IS NOT NULL")
        return {str(row["id"]) for row in rows}


@pytest_asyncio.fixture
async def archive(stack: Stack) -> AsyncIterator[Archive]:
    city = document()
    city["organisations"][0]["retention_days"] = DAYS
    async with opened(stack, city) as town:
        yield Archive(town)


async def test_the_daily_job_erases_what_was_kept_long_enough(archive):
    """Whatever the end was; not what is a day younger, nor what never ended. The figures are as before."""
    cancelled, expired, finished, forgotten, tomorrow = await archive.ended()
    archive.town.stack.clock.advance(timedelta(days=DAYS + 1))

    async def erased() -> bool:
        return await archive.named() == {forgotten, tomorrow}

    await eventually(erased)
    rows = await archive.rows(
        "SELECT id::text, created_by, names, contact, language, erased_at, service, starts_at, outcome, person_key"
        " FROM booking WHERE erased_at IS NOT NULL"
    )
    assert {row["id"] for row in rows} == {cancelled, expired, finished}
    for row in rows:
        assert (row["names"], row["contact"], row["language"], row["created_by"]) == (None, None, None, "")
        assert row["service"] == "licence-exchange"
        assert row["starts_at"]
        assert row["person_key"]
    assert await archive.rows("SELECT 1 FROM message WHERE booking_id = ANY($1)", [cancelled, expired, finished]) == []


async def test_a_dry_run_counts_and_changes_nothing(archive):
    """Per organisation: what is due, and what is as old and never ended."""
    everything = set(await archive.ended())
    archive.later_without_the_job()
    found = await archive.retention("GET")
    assert found["hsc"] == {
        "organisation": "hsc",
        "retention_days": DAYS,
        "kept_since": "2026-11-25",
        "due": 3,
        "unfinished": 1,
    }
    assert await archive.named() == everything


async def test_an_admin_erases_at_once_and_it_is_audited(archive):
    """As much as the daily job would; the audit says who and how many."""
    *_, forgotten, tomorrow = await archive.ended()
    archive.later_without_the_job()
    done = await archive.retention("POST")
    assert (done["hsc"]["erased"], done["hsc"]["remaining"]) == (3, 0)
    assert await archive.named() == {forgotten, tomorrow}
    audited = await archive.rows("SELECT actor, details FROM audit WHERE action = 'retention.erase'")
    assert audited == [{"actor": "the-admin", "details": '{"hsc": 3}'}]
    assert (await archive.retention("POST"))["hsc"]["erased"] == 0


async def test_an_erased_booking_is_shown_without_names(archive):
    """Its owner still sees it, by the keyed hash of the login."""
    cancelled, *_ = await archive.ended()
    archive.town.stack.clock.advance(timedelta(days=DAYS + 1))

    async def shown() -> Any:
        who = archive.town.citizen(1)
        found = (await archive.town.booking.get(f"/api/v1/bookings/{cancelled}", headers=who)).json()
        return found if found["applicant"]["family_name"] is None else None

    found = await eventually(shown)
    assert found["applicant"] == {"kind": "individual", "family_name": None, "given_name": None, "patronymic": None}
    assert (found["contact"], found["status"]) == (None, "cancelled")


async def test_without_a_period_everything_is_kept(town):
    """And the dry run says so; only an admin may ask."""
    admin = town.stack.bearer("admin")
    answer = await town.booking.get("/api/v1/admin/retention", headers=admin)
    [item] = answer.json()["items"]
    assert (item["retention_days"], item["kept_since"], item["due"]) == (None, None, 0)
    for role in ("manager", "analyst", "citizen"):
        headers = town.stack.bearer(role, organisation="hsc", number=town.number(1))
        for method in ("GET", "POST"):
            refused = await town.booking.request(method, "/api/v1/admin/retention", headers=headers)
            assert (refused.status_code, refused.json()["code"]) == (403, "forbidden")


async def test_one_call_erases_so_many_and_says_what_is_left(archive, monkeypatch):
    """To answer in time; the next call goes on."""
    monkeypatch.setattr(handlers, "MOST_BY_HAND", 2)
    await archive.ended()
    archive.later_without_the_job()
    first = (await archive.retention("POST"))["hsc"]
    assert (first["erased"], first["remaining"]) == (2, 1)
    second = (await archive.retention("POST"))["hsc"]
    assert (second["erased"], second["remaining"]) == (1, 0)
