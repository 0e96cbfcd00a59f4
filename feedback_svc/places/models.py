"""The tables of places: what booking_svc told last, and the desks' codes."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db import metadata

METADATA = metadata()
TIME = DateTime(timezone=True)

organisation = Table(
    "organisation",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("retention_days", Integer),
    Column("active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
centre = Table(
    "centre",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("name", JSONB, nullable=False),
    Column("address", JSONB, nullable=False),
    Column("region", Text, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("version", BigInteger, nullable=False),
)
"""`version`: of the newest state that was told; older ones change nothing."""

desk = Table(
    "desk",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("centre", Text, ForeignKey("centre.id"), nullable=False),
    Column("desk_number", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Index("ix_desk_centre", "centre"),
)
code = Table(
    "code",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("code", Text, nullable=False, unique=True),
    Column("desk", Text, ForeignKey("desk.id"), nullable=False),
    Column("made_at", TIME, nullable=False),
    Column("revoked_at", TIME),
    CheckConstraint("length(code) = 26", name="length"),
    Index("uq_code_desk", "desk", unique=True, postgresql_where=text("revoked_at IS NULL")),
)
"""A desk has one code that holds. Those that were revoked stay, so that none is ever given again."""
