"""The life of a process: alive without its dependencies, ready when all are there, stopped without losing anybody."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import SecretStr
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from services import edge
from services.bus import Bus
from services.clock import FixedClock
from services.consumer import Never
from services.context import Context
from services.db import Db
from services.edge import Exchange
from services.errors import NotFound, Unavailable
from services.jobs import Job
from services.outbox import emit
from services.settings import DatabaseSettings
from services.testing import SECRETS, Stack, eventually
from tests.services.world import Build, Fragile, Happened, effects, make_tables, note, seconds_for, served, tell


@asynccontextmanager
async def started(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """The app with its lifespan, not waiting until it is ready."""
    async with app.router.lifespan_context(app), served(app) as client:
        yield client


def nowhere(settings: DatabaseSettings, **more: Any) -> DatabaseSettings:
    """Settings whose servers are not there."""
    gone = {"database_url": SecretStr("postgresql://x@127.0.0.1:9/none"), "nats_url": SecretStr("nats://127.0.0.1:9")}
    return settings.model_copy(update={**gone, **more})


def of(fragile: Fragile, url: str, stack: Stack) -> DatabaseSettings:
    return stack.settings(DatabaseSettings, "x", database_url=url, nats_url=fragile.servers.nats_url)


async def ready(client: httpx.AsyncClient) -> bool:
    return (await client.get("/readyz")).status_code == 200


async def test_livez_needs_nothing(build: Build, settings: DatabaseSettings) -> None:
    """With neither PostgreSQL nor NATS nor the issuer the process is alive, and says what it misses."""
    app = build(settings=nowhere(settings))
    async with started(app) as client:
        alive = await client.get("/livez")
        assert (alive.status_code, alive.json()) == (200, {"status": "ok"})
        answer = await client.get("/readyz")
        assert (answer.status_code, answer.json()) == (503, {"postgres": "down", "nats": "down", "started": "down"})


async def test_a_process_that_never_got_ready_stops_quickly(build: Build, settings: DatabaseSettings) -> None:
    """Also while it waits for its dependencies, and although its parts were never made."""

    async def stop(context: Context) -> None:
        context.get(Happened)  # raises: there is no such part

    app = build(settings=nowhere(settings), stop=[stop])

    async def run() -> None:
        async with started(app):
            await asyncio.sleep(0.3)

    assert await seconds_for(run()) < 2.5


async def test_readyz_names_each_dependency(build: Build, stack: Stack) -> None:
    """All of them are ok once the service has started."""
    async with stack.running(build()) as client:
        answer = await client.get("/readyz")
    assert (answer.status_code, answer.json()) == (200, {"postgres": "ok", "nats": "ok", "started": "ok"})


async def test_it_waits_for_its_dependencies_and_heals_with_them(fragile: Fragile, stack: Stack, build: Build) -> None:
    """Started without PostgreSQL it gets ready when that comes; when one goes, readyz says which; back, it is ready."""
    url = await fragile.servers.create_database("app_heals")
    await make_tables(url)
    router = APIRouter()
    calls: list[int] = []

    @router.get("/count")
    async def count() -> dict[str, int]:
        context: Context = app.state.context
        return {"count": (await context.db.hot("SELECT count(*) FROM effect"))[0][0]}

    async def start(context: Context) -> None:
        calls.append(1)

    app = build(settings=of(fragile, url, stack), routers=[router], start=[start])
    await fragile.stop("postgres")
    async with started(app) as client:
        await asyncio.sleep(0.5)
        assert not await ready(client)
        await fragile.start("postgres")
        await eventually(lambda: ready(client))
        assert (await client.get("/count")).json() == {"count": 0}
        await fragile.stop("postgres")
        assert (await client.get("/readyz")).json() == {"postgres": "down", "nats": "ok", "started": "ok"}
        refused = await client.get("/count")
        assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
        await fragile.start("postgres")
        await eventually(lambda: ready(client))
        assert (await client.get("/count")).status_code == 200
        await fragile.stop("nats")
        await eventually(lambda: _says(client, {"postgres": "ok", "nats": "down", "started": "ok"}))
        assert (await client.get("/count")).status_code == 200, "without NATS the direct way still answers"
        await fragile.start("nats")
        await eventually(lambda: ready(client))
    assert calls == [1]


async def _says(client: httpx.AsyncClient, states: dict[str, str]) -> bool:
    return bool((await client.get("/readyz")).json() == states)


async def test_a_start_step_that_fails_is_repeated_alone(build: Build, stack: Stack) -> None:
    """What was started before it is not started twice."""
    order: list[str] = []

    async def first(context: Context) -> None:
        order.append("first")

    async def second(context: Context) -> None:
        order.append("second")
        if len(order) < 4:
            raise RuntimeError("not yet")

    async with stack.running(build(start=[first, second])):
        assert order == ["first", "second", "second", "second"]


async def test_parts_started_are_stopped(build: Build, stack: Stack) -> None:
    """Each stop step runs, also after one that fails."""
    stopped: list[str] = []

    async def failing(context: Context) -> None:
        stopped.append("failing")
        raise RuntimeError

    async def good(context: Context) -> None:
        await context.db.ping()
        stopped.append("good")

    async with stack.running(build(stop=[failing, good])):
        pass
    assert stopped == ["failing", "good"]


def _slow_app(build: Build, seconds: float) -> FastAPI:
    router = APIRouter()

    @router.post("/slow")
    async def slow() -> dict[str, str]:
        await asyncio.sleep(seconds)
        await app.state.context.db.hot("INSERT INTO effect (number) VALUES (1)")
        return {"done": "yes"}

    app = build(routers=[router])
    return app


def _over_the_hop(bus: Bus, path: str, seconds: float = 8) -> asyncio.Task[edge.Answer]:
    exchange = Exchange("POST", path, "", [], b"", time.time() + seconds)
    return asyncio.create_task(edge.call(bus, "probe_svc", exchange))


async def test_a_stopping_process_finishes_what_it_has_begun(build: Build, stack: Stack, bus: Bus, db: Db) -> None:
    """Requests in flight are answered and written; afterwards nobody is there, which is known at once."""
    app = _slow_app(build, 0.5)
    async with stack.running(app) as client:
        asking = [_over_the_hop(bus, "/slow") for _ in range(10)]
        await asyncio.sleep(0.2)
        stopping = time.monotonic()
    assert time.monotonic() - stopping < 2
    assert {(await one).status for one in asking} == {200}
    assert len(await effects(db)) == 10
    with pytest.raises(Unavailable):
        await _over_the_hop(bus, "/slow")
    assert client.is_closed


async def test_a_request_that_never_ends_does_not_stop_the_stop(build: Build, stack: Stack, bus: Bus) -> None:
    """After `stop_timeout_seconds` the process ends, whatever still runs."""
    app = _slow_app(build, 9)
    asking = None

    async def run() -> None:
        nonlocal asking
        async with stack.running(app):
            asking = _over_the_hop(bus, "/slow", 9)
            await asyncio.sleep(0.2)

    assert await seconds_for(run()) < 7
    assert asking
    asking.cancel()


async def test_hot_routes_come_first(build: Build, stack: Stack) -> None:
    """A Starlette route shadows the ordinary one of the same address."""
    router = APIRouter()

    @router.get("/x")
    async def ordinary() -> str:
        return "ordinary"

    async def hot(request: Request) -> PlainTextResponse:
        return PlainTextResponse("hot")

    async with stack.running(build(routers=[router], hot_routes=[Route("/x", hot)])) as client:
        assert (await client.get("/x")).text == "hot"


async def test_a_hot_route_refuses_like_any_other(build: Build, stack: Stack) -> None:
    """Its problems, crashes, the framework's errors and wrong methods are documents as everywhere."""
    errors = [NotFound(), RuntimeError(), HTTPException(400), HTTPException(405, headers={"Allow": "GET"})]

    async def hot(request: Request) -> PlainTextResponse:
        raise errors[int(request.query_params["error"])]

    async with stack.running(build(hot_routes=[Route("/x", hot)])) as client:
        answers = [await client.get(f"/x?error={number}") for number in range(len(errors))]
        wrong = await client.post("/x")
    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (404, "not_found"),
        (500, "internal"),
        (422, "invalid_request"),
        (405, "method_not_allowed"),
    ]
    assert answers[-1].headers["allow"] == "GET"
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")


async def test_no_redirect_names_a_process_that_nobody_can_reach(build: Build, stack: Stack) -> None:
    """A slash too many is 404 and not a redirect to an inner address."""
    router = APIRouter()

    @router.get("/x")
    async def ordinary() -> str:
        return "ordinary"

    async with stack.running(build(routers=[router])) as client:
        answer = await client.get("/x/")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


async def test_metrics_are_in_the_format_of_prometheus(build: Build, stack: Stack) -> None:
    """Requests by service, way and status; latency; the backlog of the outbox."""
    async with stack.running(build()) as client:
        await client.get("/nowhere")
        await eventually(lambda: _measured(client, 'vizyt_outbox_unpublished{service="probe_svc"} 0.0'))
        answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    assert 'vizyt_requests_total{service="probe_svc",status="404",way="http"}' in answer.text
    assert 'vizyt_request_seconds_bucket{le="0.005",service="probe_svc",way="http"}' in answer.text


async def _measured(client: httpx.AsyncClient, line: str) -> bool:
    return line in (await client.get("/metrics")).text


async def test_operations_are_not_in_the_public_document(build: Build, stack: Stack) -> None:
    """Probes, metrics and doctor are not part of the API."""
    async with stack.running(build()) as client:
        assert (await client.get("/openapi.json")).json()["paths"] == {}
        assert (await client.get("/docs")).status_code == 404


async def test_events_flow_from_a_transaction_to_a_consumer(build: Build, stack: Stack, db: Db) -> None:
    """The whole way in running services: outbox, relay, stream, consumer, inbox, effect."""
    teller = build(name="teller_svc")
    hearer = build(name="hearer_svc", consumers={Happened: note})
    async with stack.running(teller), stack.running(hearer):
        await tell(db, *(Happened(number=number) for number in range(20)), now=stack.clock.now())

        async def heard() -> bool:
            return await effects(db) == list(range(20))

        await eventually(heard)


async def test_doctor_lists_dead_letters_late_events_and_what_the_service_checks(
    build: Build, stack: Stack, db: Db, clock: FixedClock
) -> None:
    """A healthy store has no findings; each thing that is wrong is one line in words, without personal data."""

    async def refuse(session: Any, events: Any, *, now: Any) -> None:
        raise Never("no such centre")

    async def check(context: Context) -> list[str]:
        return [f"{context.name} is tired"]

    async with stack.running(build(consumers={Happened: refuse})) as client:
        assert (await client.get("/doctor")).json() == {"findings": []}
        await tell(db, Happened(number=1), now=clock.now())
        await eventually(lambda: _finding(client, "dead letter"))
        [letter] = (await client.get("/doctor")).json()["findings"]
        assert letter.endswith("(probe.happened.v1, 2026-11-24 07:00): Never: no such centre")
    async with db.begin() as session:
        await emit(session, Happened(number=2), now=clock.now())
    app = build(checks=[check])
    context = app.state.context
    await context.db.start()
    clock.advance(timedelta(seconds=31))
    async with served(app) as client:
        findings = (await client.get("/doctor")).json()["findings"]
    assert findings[:2] == ["probe_svc is tired", "1 events wait in the outbox for more than 30 seconds"]
    await context.db.stop()


async def _finding(client: httpx.AsyncClient, start: str) -> bool:
    return any(finding.startswith(start) for finding in (await client.get("/doctor")).json()["findings"])


async def test_jobs_run_while_the_service_runs(build: Build, stack: Stack, db: Db) -> None:
    """A job has the service's parts at hand, and ends with the service."""

    async def work(context: Context) -> None:
        await context.db.hot("INSERT INTO effect (number) VALUES (1)")

    async with stack.running(build(jobs=[Job("work", work, every_seconds=0.01)])):
        await eventually(lambda: _many(db))
    count = len(await effects(db))
    await asyncio.sleep(0.1)
    assert len(await effects(db)) == count


async def _many(db: Db) -> bool:
    return len(await effects(db)) > 3


def test_a_secret_has_no_default() -> None:
    """A service does not start with a missing database, issuer or key."""
    with pytest.raises(ValueError) as found:
        DatabaseSettings(_env_file=None)  # type: ignore[call-arg]
    missing = {str(error["loc"][0]) for error in found.value.errors()}  # type: ignore[attr-defined]
    assert missing == {
        "NATS_URL",
        "database_url",
        "AUTH_JWKS_URL",
        "AUTH_ISSUER",
        "PRIVACY_HMAC_KEYS",
        "PRIVACY_SEAL_KEYS",
    }


def test_settings_do_not_show_their_secrets(settings: DatabaseSettings) -> None:
    """Printed or logged, keys and passwords are stars; and nobody changes a setting at run time."""
    for secret in (*SECRETS.values(), settings.database_url.get_secret_value(), settings.nats_url.get_secret_value()):
        assert secret not in repr(settings)
    with pytest.raises(ValueError, match="frozen"):
        settings.pool_size = 1  # type: ignore[misc]
