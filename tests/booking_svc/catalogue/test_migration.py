"""The migrated database is the one that the models describe."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

import booking_svc.bookings.models
import booking_svc.slots.models
from booking_svc.catalogue.models import metadata

MODELS = (booking_svc.bookings.models, booking_svc.slots.models)
"""Imported, they add their tables to the metadata."""


def differences(connection: Connection) -> list[Any]:
    """But the chassis' tables, which have no models here."""
    options = {"include_name": lambda name, kind, _: kind != "table" or name in metadata.tables}
    found: list[Any] = compare_metadata(MigrationContext.configure(connection, opts=options), metadata)
    return found


async def test_models_and_migration_agree(house: Any) -> None:
    """Tables, columns, types, indexes and unique constraints of the whole service."""
    assert {"organisation", "slot", "booking"} <= set(metadata.tables)
    async with house.context.db.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_the_rules_of_the_store_have_names(house: Any) -> None:
    """So that a refusal of the database says which rule it was."""

    def names(connection: Connection) -> set[str | None]:
        return {check["name"] for check in inspect(connection).get_check_constraints("slot")}

    async with house.context.db.engine.connect() as connection:
        assert await connection.run_sync(names) == {"ck_slot_taken_not_negative", "ck_slot_not_oversold"}
