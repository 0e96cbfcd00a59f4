"""Around every app: problems in the caller's language, limits for bodies and time, headers, a trace."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import asyncpg
import httpx
import pytest
import pytest_asyncio
from fastapi import APIRouter, Body, FastAPI, HTTPException, Path, Query, Request
from fastapi.responses import Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, field_validator
from sqlalchemy import text

from services import errors, telemetry
from services.context import Ctx
from services.errors import IllegalTransition, InvalidRequest, NotFound, Problem, RateLimited
from services.front import PROBLEM_HANDLERS, Caught, Front
from tests.services.world import Build, seconds_for, served

SECRET = "1759013776"
LIMIT = 1000
TITLES = {"uk": "Не знайдено", "en": "Not found", "pl": "Nie znaleziono"}


class Cat(BaseModel):
    kind: Literal["cat"]


class Dog(BaseModel):
    kind: Literal["dog"]


class Form(BaseModel):
    model_config = ConfigDict(extra="forbid")

    number: Annotated[str, Field(pattern="^[0-9]{10}$")] = SECRET
    count: int = 0
    size: Literal["s", "m"] = "s"
    pet: Annotated[Cat | Dog, Field(discriminator="kind")] = Cat(kind="cat")

    @field_validator("number")
    @classmethod
    def _checked(cls, value: str) -> str:
        if value == "0000000001":
            raise ValueError("the check digit is wrong")
        return value


def app_of() -> FastAPI:
    app = FastAPI(exception_handlers=PROBLEM_HANDLERS, openapi_url=None)
    app.state.read = 0

    @app.get("/refused/{kind}")
    async def refused(kind: str) -> None:
        kinds: dict[str, Problem] = {
            "not-found": NotFound(),
            "state": IllegalTransition(state="held"),
            "limited": RateLimited(retry_after=7),
            "unauthenticated": errors.Unauthenticated(),
        }
        raise kinds[kind]

    @app.get("/http/{status}")
    async def http(status: int) -> None:
        raise HTTPException(status, detail=SECRET)

    @app.post("/forms/{place}")
    async def form(
        place: Annotated[int, Path(ge=1)], body: Annotated[Form, Body()], page: Annotated[int, Query()] = 1
    ) -> dict[str, str]:
        return {"number": body.number}

    @app.post("/raw")
    async def raw(request: Request) -> Response:
        app.state.read += 1
        return Response(await request.body(), headers={"cache-control": "max-age=5", "x-frame-options": "SAMEORIGIN"})

    @app.post("/large")
    async def large(request: Request) -> Response:
        return Response(str(sum([len(chunk) async for chunk in request.stream()])))

    @app.get("/slow")
    async def slow() -> None:
        await asyncio.sleep(60)

    @app.get("/broken/{kind}")
    async def broken(kind: str) -> None:
        raise {
            "crash": RuntimeError(SECRET),
            "group": ExceptionGroup("both", [ValueError(SECRET)]),
            "down": ConnectionRefusedError(SECRET),
            "pool": asyncpg.InterfaceError("pool is closing"),
            "misuse": asyncpg.InterfaceError(f"the server expects 1 argument {SECRET}"),
            "starting": asyncpg.CannotConnectNowError("the database system is starting up"),
            "deadlock": asyncpg.DeadlockDetectedError("deadlock detected"),
            "crowded": asyncpg.TooManyConnectionsError("sorry, too many clients already"),
            "nul": asyncpg.CharacterNotInRepertoireError("invalid byte sequence"),
        }[kind]

    @app.get("/half")
    async def half() -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"begun"
            raise RuntimeError(SECRET)

        return StreamingResponse(pieces())

    app.add_middleware(
        Front,
        service="probe",
        timeout_seconds=0.3,
        max_body_bytes=LIMIT,
        body_limits={"/large": None, "/forms/1": 40},
    )
    return app


@pytest.fixture
def app() -> FastAPI:
    return app_of()


@pytest_asyncio.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with served(app) as opened:
        yield opened


async def test_a_problem_has_all_members_of_the_contract(client: httpx.AsyncClient) -> None:
    """RFC 9457 with a stable code, the trace id, and the fields of the refusal."""
    answer = await client.get("/refused/state", headers={"accept-language": "en"})
    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    document = answer.json()
    assert len(document.pop("trace_id")) == 32
    assert document == {
        "type": "urn:vizyt:problem:illegal_transition",
        "title": "Step not allowed now",
        "status": 409,
        "detail": "This step is not possible from the state “held”. Reload and look at the current state.",
        "code": "illegal_transition",
        "state": "held",
    }


@pytest.mark.parametrize("language", ["uk", "en", "pl"])
async def test_a_problem_speaks_the_callers_language(client: httpx.AsyncClient, language: str) -> None:
    """By header, by query, for unknown addresses too; Ukrainian when nothing is said."""
    for path in ("/refused/not-found", "/nowhere", f"/nowhere?lang={language}"):
        answer = await client.get(path, headers={} if "lang" in path else {"accept-language": language})
        assert (answer.status_code, answer.json()["title"]) == (404, TITLES[language])
        assert answer.headers["content-language"] == language
    assert (await client.get("/nowhere")).json()["title"] == TITLES["uk"]


async def test_the_trace_of_the_caller_goes_on(client: httpx.AsyncClient) -> None:
    """`trace_id` is the one of the `traceparent` that came; a malformed or empty one is replaced."""
    trace = "0af7651916cd43dd8448eb211c80319c"
    good = await client.get("/nowhere", headers={"traceparent": f"00-{trace}-b7ad6b7169203331-01"})
    assert good.json()["trace_id"] == trace
    for wrong in (
        "",
        "00-xyz",
        f"00-{'0' * 32}-b7ad6b7169203331-01",
        f"00-{trace}",
        f"00-{trace.upper()}-b7ad6b7169203331-01",
    ):
        found = (await client.get("/nowhere", headers={"traceparent": wrong})).json()["trace_id"]
        assert len(found) == 32
        assert found not in (trace, "0" * 32)


async def test_two_requests_have_two_traces(client: httpx.AsyncClient) -> None:
    """Without a caller's trace each request starts its own."""
    first, second = [(await client.get("/nowhere")).json()["trace_id"] for _ in range(2)]
    assert first != second


async def test_retry_after_and_www_authenticate_are_set(client: httpx.AsyncClient) -> None:
    """429 and 503 say when to come again, 401 how to log in."""
    assert (await client.get("/refused/limited")).headers["retry-after"] == "7"
    assert (await client.get("/refused/unauthenticated")).headers["www-authenticate"] == "Bearer"
    assert "retry-after" not in (await client.get("/nowhere")).headers


@pytest.mark.parametrize(
    ("body", "field", "reason"),
    [
        ({"number": SECRET[:-1]}, "number", "String should match pattern '^[0-9]{10}$'"),
        ({"number": "0000000001"}, "number", "the check digit is wrong"),
        ({"count": SECRET + "x"}, "count", "Input should be a valid integer, unable to parse string as an integer"),
        ({"size": SECRET}, "size", "Input should be 's' or 'm'"),
        ({"pet": {"kind": SECRET}}, "pet", "Input should be 'cat', 'dog'"),
        ({"unknown": SECRET}, "unknown", "Extra inputs are not permitted"),
        ([SECRET], "body", "Input should be a valid dictionary or object to extract fields from"),
        (None, "body", None),
    ],
)
async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(
    client: httpx.AsyncClient, body: Any, field: str, reason: str | None
) -> None:
    """422 says where and why; what was sent may be personal data."""
    answer = await client.post("/forms/7", json=body)
    document = answer.json()
    assert (answer.status_code, document["code"]) == (422, "invalid_request")
    assert [set(error) for error in document["errors"]] == [{"field", "reason"}]
    assert document["errors"][0]["field"] == field
    assert reason is None or document["errors"][0]["reason"] == reason
    assert SECRET[:-1] not in answer.text


async def test_path_and_query_are_checked_as_well(client: httpx.AsyncClient) -> None:
    """Every wrong part is named in one answer."""
    answer = await client.post(f"/forms/0?page={SECRET}x", json={})
    assert [error["field"] for error in answer.json()["errors"]] == ["place", "page"]
    assert SECRET not in answer.text


@pytest.mark.parametrize("body", [b"{", b"", b"\xff\xfe", b'{"number": }', b"[" * 900, b'{"a":"\\ud800"}', b"nul\x00l"])
async def test_a_malformed_body_is_a_refusal(client: httpx.AsyncClient, body: bytes) -> None:
    """No body is malformed enough to be our error, and the field is `body`."""
    answer = await client.post("/forms/7", content=body, headers={"content-type": "application/json"})
    assert answer.status_code == 422
    assert answer.json()["code"] == "invalid_request"


async def test_the_list_of_errors_is_bounded(client: httpx.AsyncClient) -> None:
    """A body full of mistakes does not make an answer without end, nor does a name without end."""
    many = {f"field{number}": 1 for number in range(70)}
    assert len((await client.post("/forms/7", json=many)).json()["errors"]) == errors.MAX_ERRORS
    [error] = (await client.post("/forms/7", json={"x" * 500: 1})).json()["errors"]
    assert error["field"] == "x" * 100


async def test_a_body_over_the_limit_is_refused_by_its_declared_length(client: httpx.AsyncClient, app: FastAPI) -> None:
    """413 before anything is read; just at the limit it passes."""
    assert (await client.post("/raw", content=b"x" * LIMIT)).content == b"x" * LIMIT
    answer = await client.post("/raw", content=b"x" * (LIMIT + 1), headers={"accept-language": "en"})
    assert (answer.status_code, answer.json()["code"], answer.json()["limit_bytes"]) == (413, "too_large", LIMIT)
    assert app.state.read == 1


async def test_a_body_without_a_length_is_counted(client: httpx.AsyncClient, app: FastAPI) -> None:
    """Chunked bodies end at the limit, without waiting for their end."""
    sent = 0

    async def chunks() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 100
            yield b"x" * 100

    answer = await client.post("/raw", content=chunks())
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")
    assert sent <= LIMIT + 200
    assert app.state.read == 0


async def test_a_lying_length_does_not_help(app: FastAPI) -> None:
    """A body longer than it says is counted all the same."""
    messages: list[Any] = []
    pieces = iter([{"type": "http.request", "body": b"x" * 600, "more_body": True}] * 3)

    async def receive() -> Any:
        return next(pieces)

    async def send(message: Any) -> None:
        messages.append(message)

    headers = [(b"content-length", b"5")]
    await app(
        {"type": "http", "method": "POST", "path": "/raw", "query_string": b"", "headers": headers}, receive, send
    )
    assert messages[0]["status"] == 413


async def test_a_route_may_have_its_own_limit_or_read_by_itself(client: httpx.AsyncClient) -> None:
    """`body_limits` holds exceptions by path; None leaves the reading to the app."""
    assert (await client.post("/large", content=b"x" * 5000)).text == "5000"
    assert (await client.post("/forms/1", json={"number": SECRET, "count": 1, "size": "s"})).status_code == 413
    assert (await client.post("/forms/2", json={"number": SECRET, "count": 1, "size": "s"})).status_code == 200


@pytest.mark.parametrize("path", ["/raw", "/large"])
async def test_a_client_that_goes_away_while_sending_gets_nothing_done(app: FastAPI, path: str) -> None:
    """Half a body reaches nobody, and there is nothing to answer to; also where the app reads the body itself."""
    messages = iter([{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}])
    sent: list[Any] = []

    async def receive() -> Any:
        return next(messages)

    async def send(message: Any) -> None:
        sent.append(message)

    await app({"type": "http", "method": "POST", "path": path, "query_string": b"", "headers": []}, receive, send)
    assert (sent, app.state.read) == ([], 0)


async def test_an_app_that_takes_too_long_is_unavailable(client: httpx.AsyncClient) -> None:
    """503 with Retry-After at the time limit, and the work is stopped."""

    async def ask() -> None:
        answer = await client.get("/slow", headers={"accept-language": "pl"})
        assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
        assert answer.headers["retry-after"] == "2"
        assert "Idempotency-Key" in answer.json()["detail"]

    assert 0.25 < await seconds_for(ask()) < 3


async def test_a_body_that_never_ends_is_not_waited_for(client: httpx.AsyncClient) -> None:
    """The time limit covers the reading of the body."""

    async def drip() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(60)

    assert (await asyncio.wait_for(client.post("/raw", content=drip()), 2)).status_code == 503


@pytest.mark.parametrize("kind", ["down", "pool", "starting", "deadlock", "crowded"])
async def test_a_database_that_does_not_answer_is_unavailable(client: httpx.AsyncClient, kind: str) -> None:
    """503: trying again helps."""
    answer = await client.get(f"/broken/{kind}")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    assert SECRET not in answer.text


@pytest.mark.parametrize("kind", ["crash", "group", "misuse"])
async def test_a_crash_is_a_problem_without_a_stack_trace(
    client: httpx.AsyncClient, kind: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """500 with the trace id to look for; neither the cause nor a line of code in the answer, nor values in the log."""
    telemetry.configure_logging("probe", "INFO")
    answer = await client.get(f"/broken/{kind}")
    document = answer.json()
    assert (answer.status_code, document["code"]) == (500, "internal")
    assert set(document) == {"type", "title", "status", "detail", "code", "trace_id"}
    logged = capsys.readouterr()
    for place in (answer.text, logged.out, logged.err):
        assert SECRET not in place
    assert "Traceback" not in answer.text
    assert "request.crashed" in logged.out


async def test_a_character_that_cannot_be_stored_is_the_callers_mistake(client: httpx.AsyncClient) -> None:
    """U+0000 in a text is 422, not 500."""
    answer = await client.get("/broken/nul")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_request")


@pytest.mark.parametrize(
    ("status", "seen", "code"),
    [
        (401, 401, "unauthenticated"),
        (403, 403, "forbidden"),
        (404, 404, "not_found"),
        (405, 405, "method_not_allowed"),
        (400, 422, "invalid_request"),
        (415, 422, "invalid_request"),
        (500, 500, "internal"),
        (503, 503, "unavailable"),
    ],
)
async def test_the_frameworks_own_errors_are_problems_too(
    client: httpx.AsyncClient, status: int, seen: int, code: str
) -> None:
    """Whatever Starlette or FastAPI raises leaves as a document with one of our codes, without its text."""
    answer = await client.get(f"/http/{status}")
    assert (answer.status_code, answer.json()["code"]) == (seen, code)
    assert SECRET not in answer.text


async def test_a_wrong_method_says_which_are_right(client: httpx.AsyncClient) -> None:
    """405 with `Allow` (RFC 9110 §15.5.6)."""
    answer = await client.delete("/raw")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")
    assert answer.headers["allow"] == "POST"


async def test_every_answer_has_the_security_headers(client: httpx.AsyncClient) -> None:
    """Answers, refusals and crashes alike; what the app sets itself is kept."""
    for path in ("/refused/not-found", "/nowhere", "/broken/crash", "/http/400"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["x-frame-options"] == "DENY"
        assert "default-src 'none'" in headers["content-security-policy"]
        assert headers["cache-control"] == "no-store"
    own = (await client.post("/raw")).headers
    assert (own["cache-control"], own.get_list("x-frame-options")) == ("max-age=5", ["SAMEORIGIN"])


async def test_an_answer_that_breaks_off_is_not_mended(client: httpx.AsyncClient, app: FastAPI) -> None:
    """Once the answer has begun there is no second one: the connection breaks and the caller knows."""
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "GET", "path": "/half", "query_string": b"", "headers": [],
             "asgi": {"version": "3.0", "spec_version": "2.4"}}  # fmt: skip
    with pytest.raises(RuntimeError):
        await app(scope, receive, send)
    assert [message["type"] for message in sent] == ["http.response.start", "http.response.body"]
    assert sent[-1]["more_body"]


async def test_requests_are_counted(client: httpx.AsyncClient) -> None:
    """By service, way in and status."""

    def count(status: str) -> float:
        return telemetry.REQUESTS.labels("probe", "http", status)._value.get()

    before = count("404"), count("503")
    await client.get("/nowhere")
    await client.get("/slow")
    assert (count("404"), count("503")) == (before[0] + 1, before[1] + 1)


async def test_other_protocols_pass_untouched() -> None:
    """Lifespan and websockets are not the front's concern."""
    seen: list[str] = []

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        seen.append(scope["type"])

    front = Front(inner, service="probe", timeout_seconds=1, max_body_bytes=1, body_limits={})
    for kind in ("lifespan", "websocket"):
        await front({"type": kind}, None, None)  # type: ignore[arg-type]
        await Caught(inner)({"type": kind}, None, None)  # type: ignore[arg-type]
    assert seen == ["lifespan", "lifespan", "websocket", "websocket"]


async def test_caught_turns_a_crash_into_a_problem() -> None:
    """For apps that stand beside the front's exception layer."""

    async def inner(scope: Any, receive: Any, send: Any) -> None:
        raise RuntimeError(SECRET)

    async with served(Caught(inner)) as client:
        answer = await client.get("/")
    assert (answer.status_code, answer.json()["code"]) == (500, "internal")


def test_texts_are_filled_even_when_a_field_is_missing() -> None:
    """A refusal with a forgotten placeholder is still that refusal, in every language."""
    for language in errors.LANGUAGES:
        assert IllegalTransition().document(language)["code"] == "illegal_transition"
        assert "«" not in InvalidRequest.field("a", "b").document(language)["title"]


def test_a_field_in_three_languages_is_shown_in_the_readers() -> None:
    """A reason given in three languages fills the detail in one of them."""

    class Paused(Problem):
        status, code = 409, "probe_paused"
        title = detail = {language: f"{language}: {{reason}}" for language in errors.LANGUAGES}

    reason = {"uk": "тривога", "en": "alert", "pl": "alarm"}
    assert Paused(reason=reason).explain("pl") == "pl: alarm"


async def test_real_database_errors_are_told_apart(build: Build, capsys: pytest.CaptureFixture[str]) -> None:
    """Through both drivers: a lost connection is 503, U+0000 is 422, a broken rule is 500, all silent on values."""
    router = APIRouter()
    statements = {
        "lost": "SELECT pg_terminate_backend(pg_backend_pid())",
        "rule": f"INSERT INTO dead_letter VALUES (NULL, '{SECRET}', '', '', now())",
        "cast": "SELECT CAST(:text AS int)",
        "nul": "SELECT CAST(:text AS text)",
    }

    @router.get("/sql/{kind}")
    async def sql(context: Ctx, kind: str, text_: Annotated[str, Query(alias="text")] = "") -> None:
        async with context.db.begin() as session:
            await session.execute(text(statements[kind]), {"text": text_} if ":text" in statements[kind] else {})

    @router.get("/hot/{kind}")
    async def hot(context: Ctx, kind: str, text_: Annotated[str, Query(alias="text")] = "") -> None:
        arguments = [text_] if ":text" in statements[kind] else []
        await context.db.hot(statements[kind].replace(":text", "$1"), *arguments)

    app = build(routers=[router])
    telemetry.configure_logging("probe", "INFO")
    await app.state.running.context.db.start()
    async with served(app) as client:
        for way in ("sql", "hot"):
            found = [
                (await client.get(f"/{way}/{kind}", params={"text": value})).status_code
                for kind, value in [
                    ("lost", ""),
                    ("rule", ""),
                    ("cast", SECRET + "x"),
                    ("nul", "a\x00b"),
                    ("nul", "fine"),
                ]
            ]
            assert found == [503, 500, 500, 422, 200], way
    await app.state.running.context.db.stop()
    logged = capsys.readouterr()
    assert "NotNullViolationError" in logged.out
    assert SECRET not in logged.out + logged.err
    for line in logged.out.splitlines():
        json.loads(line)
