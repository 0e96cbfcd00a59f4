"""The ledger of periods; the visit itself is a row of `booking`."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Table,
    Text,
    Uuid,
    text,
)

from booking_svc.catalogue.models import metadata

visit_period = Table(
    "visit_period",
    metadata,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("booking_id", ForeignKey("booking.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("started_at", DateTime(timezone=True), nullable=False),
    Column("ended_at", DateTime(timezone=True), nullable=False),
    Column("paused_seconds", Integer, nullable=False, server_default=text("0")),
    Column("centre", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("desk", Text, nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("call_id", Uuid),
    CheckConstraint("kind IN ('waiting', 'called', 'serving')", name="kind"),
    CheckConstraint("started_at <= ended_at", name="forward"),
    CheckConstraint(
        "paused_seconds >= 0 AND paused_seconds <= ceil(extract(epoch FROM ended_at - started_at))",
        name="paused_within",
    ),
    Index("ix_visit_period_booking", "booking_id"),
    Index("ix_visit_period_queue", "queue", "kind", "started_at"),
    Index("uq_visit_period_call_id", "call_id", unique=True, postgresql_where=text("call_id IS NOT NULL")),
)
"""The source of every figure of waiting and serving: a row is written when its period is over, and never changed.

`waiting`: from the booked time, or the check-in if that was later, to the call; `called`: from the call to the start,
or to whatever else ended it; `serving`: from the start to the finish. `paused_seconds` of it the centre stood still.
`call_id` stands in a row of `called`.
"""
