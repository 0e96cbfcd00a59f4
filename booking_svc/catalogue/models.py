"""The tables of the catalogue. Texts are jsonb objects `{uk, en, pl}`; nothing is ever deleted but calendar days."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Time,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from services.db import metadata as new_metadata

metadata = new_metadata()
"""All tables of booking_svc."""

ACTIVE = text("true")

organisation = Table(
    "organisation",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("window_days", Integer, nullable=False),
    Column("opens_at", Time, nullable=False),
    Column("hold_minutes", Integer, nullable=False),
    Column("grace_minutes", Integer, nullable=False, server_default=text("15")),
    Column("calls_to_miss", Integer, nullable=False, server_default=text("3")),
    Column("quiet_from", Time, nullable=False, server_default=text("'21:00'")),
    Column("quiet_until", Time, nullable=False, server_default=text("'08:00'")),
    Column("release_policy", Text, nullable=False),
    Column("retention_days", Integer),
    Column("active", Boolean, nullable=False, server_default=ACTIVE),
    CheckConstraint("window_days > 0", name="window_days"),
    CheckConstraint("hold_minutes > 0", name="hold_minutes"),
    CheckConstraint("grace_minutes > 0", name="grace_minutes"),
    CheckConstraint("calls_to_miss > 0", name="calls_to_miss"),
)

service = Table(
    "service",
    metadata,
    Column("code", Text, primary_key=True),
    Column("name", JSONB, nullable=False),
    Column("steps", JSONB, nullable=False),
    Column("documents", JSONB, nullable=False),
    Column("online_url", Text),
    Column("duration_minutes", Integer, nullable=False),
    Column("open_to_foreigners", Boolean, nullable=False),
    Column("cooldown_days", Integer, nullable=False),
    Column("visit_kinds", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=ACTIVE),
)

centre = Table(
    "centre",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", ForeignKey("organisation.code"), nullable=False),
    Column("name", JSONB, nullable=False),
    Column("region_code", Text, nullable=False),
    Column("region_name", JSONB, nullable=False),
    Column("territory", Text, nullable=False),
    Column("address", JSONB, nullable=False),
    Column("latitude", Float, nullable=False),
    Column("longitude", Float, nullable=False),
    Column("time_zone", Text, nullable=False),
    Column("languages", ARRAY(Text), nullable=False),
    Column("shelter", Boolean, nullable=False),
    Column("information_point", JSONB(none_as_null=True)),
    Column("hours", JSONB, nullable=False),
    Column("active", Boolean, nullable=False, server_default=ACTIVE),
    Index("ix_centre_organisation", "organisation"),
)
"""`hours`: seven lists, Monday first, of `[from, to]` in minutes after local midnight."""

desk = Table(
    "desk",
    metadata,
    Column("id", Text, primary_key=True),
    Column("centre", ForeignKey("centre.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("services", ARRAY(Text), nullable=False),
    Column("active", Boolean, nullable=False, server_default=ACTIVE),
    Index("uq_desk_centre_number", "centre", "number", unique=True),
)

queue = Table(
    "queue",
    metadata,
    Column("id", Text, primary_key=True),
    Column("centre", ForeignKey("centre.id"), nullable=False),
    Column("code", Text, nullable=False),
    Column("slot_minutes", Integer, nullable=False),
    Column("capacity", Integer, nullable=False),
    Column("prepared_until", Date),
    Column("active", Boolean, nullable=False, server_default=ACTIVE),
    CheckConstraint("slot_minutes > 0", name="slot_minutes"),
    CheckConstraint("capacity > 0", name="capacity"),
    Index("uq_queue_centre_code", "centre", "code", unique=True),
)
"""`prepared_until`: the last local day that has its rows in `slot`."""

queue_service = Table(
    "queue_service",
    metadata,
    Column("centre", ForeignKey("centre.id"), nullable=False),
    Column("service", ForeignKey("service.code"), nullable=False),
    Column("queue", ForeignKey("queue.id"), nullable=False),
    Column("position", Integer, nullable=False),
    PrimaryKeyConstraint("centre", "service"),
    Index("ix_queue_service_queue", "queue"),
)
"""A service in a centre belongs to exactly one queue: else four services would oversell three desks (design.md §3)."""

calendar_day = Table(
    "calendar_day",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("organisation", ForeignKey("organisation.code")),
    Column("centre", ForeignKey("centre.id")),
    Column("date", Date, nullable=False),
    Column("hours", JSONB, nullable=False),
    Column("reason", JSONB(none_as_null=True)),
    CheckConstraint("num_nonnulls(organisation, centre) = 1", name="one_owner"),
    Index("uq_calendar_day_organisation_date", "organisation", "date", unique=True),
    Index("uq_calendar_day_centre_date", "centre", "date", unique=True),
)
"""An exception to the weekly hours; no hours: closed. A centre's own goes before its organisation's."""

staff = Table(
    "staff",
    metadata,
    Column("id", Text, primary_key=True),
    Column("organisation", ForeignKey("organisation.code"), nullable=False),
    Column("centre", ForeignKey("centre.id")),
    Column("desk", ForeignKey("desk.id")),
    Column("role", Text, nullable=False),
    Column("sealed_name", LargeBinary, nullable=False),
)
