"""The table of pauses: one row per centre and pause, kept for ever as the reason why somebody waited."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Table, Text, Uuid, text

from booking_svc.catalogue.models import metadata
from booking_svc.pauses.domain import Reason, Scope


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


pause = Table(
    "pause",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("centre", Text, ForeignKey("centre.id"), nullable=False),
    Column("reason", Text, nullable=False),
    Column("scope", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("started_by", Text, nullable=False),
    Column("ended_at", DateTime(timezone=True)),
    Column("ended_by", Text),
    one_of("reason", Reason),
    one_of("scope", Scope),
    CheckConstraint("(ended_at IS NULL) = (ended_by IS NULL)", name="ended_by_somebody"),
    CheckConstraint("since <= ended_at", name="ends_after_it_began"),
    Index("uq_pause_on", "centre", unique=True, postgresql_where=text("ended_at IS NULL")),
    Index("ix_pause_centre_since", "centre", "since"),
)
"""A centre has at most one pause that is on. `scope` is what was paused with the same call."""
