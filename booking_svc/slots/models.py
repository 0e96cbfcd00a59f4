"""The table of slots: one row per queue and beginning (design.md §3)."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from booking_svc.catalogue.models import metadata

slot = Table(
    "slot",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("queue", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("ends_at", DateTime(timezone=True), nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("scheduled", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("taken", Integer, nullable=False, server_default=text("0")),
    Column("version", Integer, nullable=False, server_default=text("0")),
    CheckConstraint("0 <= taken", name="taken_not_negative"),
    CheckConstraint("taken <= capacity", name="not_oversold"),
    UniqueConstraint("queue", "starts_at"),
    Index("ix_slot_starts_at", "starts_at"),
    postgresql_with={"fillfactor": "70"},
)
"""`scheduled` is what the schedule gives now, 0 when it is closed; `capacity` is what may be taken, the larger of
`scheduled` and what was taken when the schedule shrank. Whoever gives a place back therefore writes
`taken = taken - 1, capacity = GREATEST(scheduled, taken - 1)`, so that a closed time does not open again.
Every update of `capacity` or `taken` adds one to `version`. None of the four is indexed, and a page keeps room
for new versions of its rows: HOT updates.
"""
