"""What routes have at hand: the caller with a role, the language, the parts; and who of the staff did what."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Annotated
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter

from services import audit, inbox
from services.auth import Principal
from services.clock import FixedClock
from services.context import Context, Ctx, Language, Who, role
from services.db import Db
from services.settings import DatabaseSettings
from services.testing import Stack
from tests.services.world import Build

router = APIRouter()


@router.get("/who")
async def who(by: Who) -> dict[str, str]:
    return {"sub": by.sub}


@router.get("/staff")
async def staff(by: Annotated[Principal, role("admin", "manager")]) -> dict[str, list[str]]:
    return {"roles": sorted(by.roles)}


@router.get("/language")
async def language(chosen: Language) -> str:
    return chosen


@router.get("/name")
async def name(context: Ctx) -> str:
    return context.name


@pytest_asyncio.fixture
async def client(build: Build, stack: Stack) -> AsyncIterator[httpx.AsyncClient]:
    async with stack.running(build(routers=[router])) as opened:
        yield opened


async def test_a_route_knows_its_caller(client: httpx.AsyncClient, stack: Stack) -> None:
    """From the token; without one the answer is 401."""
    assert (await client.get("/who", headers=stack.bearer("citizen", sub="anna"))).json() == {"sub": "anna"}
    assert (await client.get("/who")).json()["code"] == "unauthenticated"


@pytest.mark.parametrize(
    ("roles", "status"),
    [(["admin"], 200), (["citizen", "manager"], 200), (["citizen"], 403), ([], 403), (["administrator"], 403)],
)
async def test_a_route_may_need_one_of_some_roles(
    client: httpx.AsyncClient, stack: Stack, roles: list[str], status: int
) -> None:
    """403 `forbidden` for those who are known and may not; 401 comes before it."""
    answer = await client.get("/staff", headers=stack.bearer(*roles))
    assert answer.status_code == status
    assert answer.json() == {"roles": sorted(roles)} if status == 200 else answer.json()["code"] == "forbidden"
    assert (await client.get("/staff")).status_code == 401


async def test_a_route_knows_the_language_and_the_parts(client: httpx.AsyncClient) -> None:
    """Chosen by query or header; the chassis' parts by name."""
    assert (await client.get("/language?lang=pl")).json() == "pl"
    assert (await client.get("/language", headers={"accept-language": "en"})).json() == "en"
    assert (await client.get("/name")).json() == "probe_svc"


async def test_parts_are_known_by_their_class(settings: DatabaseSettings, clock: FixedClock) -> None:
    """What a service puts in, it gets out; what nobody put in is an error with its name."""
    context = Context(settings, clock, name="probe_svc")
    part = context.put(FixedClock(clock.now()))
    assert context.get(FixedClock) is part
    with pytest.raises(KeyError, match="Db"):
        context.get(Db)
    await context.db.stop()


async def test_what_staff_do_is_recorded_in_the_same_transaction(db: Db, clock: FixedClock) -> None:
    """Who with which roles did what to what, and when; gone if the deed is rolled back."""
    by = Principal(sub="olena", roles=frozenset({"manager", "administrator"}))
    async with db.begin() as session:
        await audit.record(session, by, "booking.read", "booking/1", now=clock.now(), details={"reason": "тривога"})
        await audit.record(session, by, "booking.list", "centre/1", now=clock.now())

    async def fail() -> None:
        async with db.begin() as session:
            await audit.record(session, by, "booking.cancel", "booking/1", now=clock.now())
            raise KeyError

    with pytest.raises(KeyError):
        await fail()
    rows = await db.hot(
        "SELECT at, actor, roles, action, resource, details ->> 'reason' AS reason FROM audit ORDER BY id"
    )
    assert [tuple(row) for row in rows] == [
        (clock.now(), "olena", ["administrator", "manager"], "booking.read", "booking/1", "тривога"),
        (clock.now(), "olena", ["administrator", "manager"], "booking.list", "centre/1", None),
    ]


async def test_an_event_is_new_once(db: Db, clock: FixedClock) -> None:
    """The inbox tells which ids are new, also when one stands twice in the list; a rollback forgets them."""
    one, two, three = (uuid4() for _ in range(3))
    async with db.begin() as session:
        assert await inbox.first_time(session, [one, two, one], now=clock.now()) == {one, two}
        assert await inbox.first_time(session, [], now=clock.now()) == set()
    async with db.begin() as session:
        assert await inbox.first_time(session, [two, three], now=clock.now()) == {three}
        await session.rollback()
    async with db.begin() as session:
        assert await inbox.first_time(session, [one, two, three], now=clock.now()) == {three}
