"""What outsiders rely on changes only on purpose: events, problem codes, tables."""

from __future__ import annotations

import asyncio
import importlib
import re
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table
from sqlalchemy.ext.asyncio import create_async_engine

from services.contracts import Event, golden
from services.db import sqlalchemy_url
from services.errors import LANGUAGES, Problem
from services.local.servers import Servers
from services.migrations import migrate
from services.schema import STATEMENTS
from tests.architecture.tree import module, sources

CHASSIS = set(re.findall(r"CREATE TABLE (\w+)", " ".join(STATEMENTS))) | {"alembic_version"}


def _import_all() -> None:
    for path in sources():
        name = module(path)
        if not any(part in ("__main__", "migrations", "launch", "migrate_databases") for part in name.split(".")):
            importlib.import_module(name)


def _descendants(kind: type[Any]) -> list[type[Any]]:
    return [item for child in kind.__subclasses__() for item in (child, *_descendants(child))]


def problems() -> list[type[Problem]]:
    """Every refusal of the product, the tests' own left out."""
    _import_all()
    ours = (kind for kind in (Problem, *_descendants(Problem)) if not kind.__module__.startswith(("tests", "test_")))
    return sorted(ours, key=lambda kind: kind.code)


PROBLEMS = problems()
BY_NAME = pytest.mark.parametrize("kind", PROBLEMS, ids=[kind.__name__ for kind in PROBLEMS])


@BY_NAME
def test_every_refusal_has_every_language(kind: type[Problem]) -> None:
    """Title and detail in Ukrainian, English and Polish, none of them empty."""
    for text in (kind.title, kind.detail):
        assert set(text) == set(LANGUAGES)
        assert all(words.strip() for words in text.values())


@BY_NAME
def test_the_languages_have_the_same_gaps_to_fill(kind: type[Problem]) -> None:
    """A placeholder that stands in one language stands in all; titles have none."""
    gaps = {frozenset(re.findall(r"{(\w+)", words)) for words in kind.detail.values()}
    assert len(gaps) == 1
    assert not any("{" in words for words in kind.title.values())


@BY_NAME
def test_a_code_is_a_word_and_its_status_an_error(kind: type[Problem]) -> None:
    """Clients compare codes: snake_case, with a 4xx or 5xx status."""
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", kind.code)
    assert 400 <= kind.status < 600


def test_codes_are_unique() -> None:
    """One code, one refusal; one that says more of the same keeps the code of its parent."""
    codes = [kind.code for kind in PROBLEMS if "code" in vars(kind)]
    assert sorted(codes) == sorted(set(codes))


def test_the_codes_of_the_contract_are_there() -> None:
    """The codes that api.md promises for this part, each with its status."""
    promised = {
        "unauthenticated": 401, "forbidden": 403, "not_found": 404, "too_large": 413, "invalid_request": 422,
        "idempotency_mismatch": 422, "rate_limited": 429, "unavailable": 503, "slot_full": 409, "quota_exhausted": 409,
        "hold_expired": 409, "already_cancelled": 409, "not_your_identity": 403, "priority_needs_document": 403,
        "outside_window": 422, "illegal_transition": 409, "desk_busy": 409, "identity_mismatch": 409,
        "identity_not_verified": 409, "cooldown": 409, "priority_used": 409, "blocked_for_no_shows": 403,
        "unknown_code": 404, "already_submitted": 409, "session_expired": 410,
    }  # fmt: skip
    known = {kind.code: kind.status for kind in PROBLEMS}
    assert {code: known.get(code) for code in promised} == promised


EVENTS = golden.events()


@pytest.mark.parametrize("event", EVENTS, ids=[event.subject for event in EVENTS])
def test_the_golden_schema_is_up_to_date(event: type[Event]) -> None:
    """Every change of an event is seen in git: `make schemas` writes them."""
    assert (golden.FOLDER / f"{event.subject}.json").read_text(encoding="utf-8") == golden.schema(event)


def test_no_golden_schema_is_left_over() -> None:
    """An event that is gone takes its schema along; and somebody still reads it."""
    assert {path.stem for path in golden.FOLDER.glob("*.json")} == {event.subject for event in EVENTS}


@pytest.mark.parametrize("event", EVENTS, ids=[event.subject for event in EVENTS])
def test_an_event_names_its_owner_and_version_and_holds_no_person(event: type[Event]) -> None:
    """`<owner>.<fact>.v<N>`, frozen, tolerant of more, without names, numbers or contacts: the archive is for ever."""
    assert re.fullmatch(r"[a-z]+\.[a-z_]+\.v[1-9]", event.subject)
    assert event.model_config.get("frozen") is True
    assert event.model_config.get("extra") == "ignore"
    personal = {"family_name", "given_name", "patronymic", "number", "edrpou", "document", "phone", "email", "contact"}
    assert personal & set(_fields(event)) == set()


def _fields(event: type[Event]) -> list[str]:
    return re.findall(r'"(\w+)": {', golden.schema(event))


MODELS = {
    "booking_svc": ("catalogue", "slots", "bookings", "messages", "pauses", "visits", "board", "desks", "closures"),
    "quota_svc": (),
    "feedback_svc": (),
    "stats_svc": (),
}


def _metadata(service: str) -> MetaData:
    names = [f"{service}.{part}.models" for part in MODELS[service]] or [f"{service}.models"]
    modules = [importlib.import_module(name) for name in names]
    [metadata] = {thing.metadata for models in modules for thing in vars(models).values() if isinstance(thing, Table)}
    return metadata


@pytest.mark.parametrize("service", sorted(MODELS))
async def test_models_and_migrations_agree(servers: Servers, service: str) -> None:
    """A freshly migrated database is what the models say: tables, columns, types, constraints, indexes."""
    url = await servers.create_database(f"agree_{service}")
    await asyncio.to_thread(migrate, service, url)
    engine = create_async_engine(sqlalchemy_url(url))
    try:
        async with engine.connect() as connection:
            differences = await connection.run_sync(_compare, _metadata(service))
    finally:
        await engine.dispose()
    assert differences == []


def _compare(connection: Connection, metadata: MetaData) -> list[Any]:
    def ours(thing: Any, name: str | None, kind: str, reflected: bool, _: Any) -> bool:
        table = name if kind == "table" else getattr(getattr(thing, "table", None), "name", None)
        return not (reflected and table and (table in CHASSIS or table.startswith("outbox")))

    options = {"include_object": ours, "compare_type": True, "compare_server_default": False}
    return list(compare_metadata(MigrationContext.configure(connection, opts=options), metadata))


@pytest.mark.parametrize("service", sorted(MODELS))
async def test_every_service_has_the_chassis_tables(servers: Servers, service: str) -> None:
    """Outbox, inbox, dead letters, keys, audit."""
    url = await servers.create_database(f"agree_{service}")
    await asyncio.to_thread(migrate, service, url)
    connection = await asyncpg.connect(url)
    rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    await connection.close()
    assert {row["tablename"] for row in rows} >= CHASSIS
