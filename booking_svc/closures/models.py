"""The table of times that are closed by hand."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Index,
    PrimaryKeyConstraint,
    Table,
    Text,
    text,
)
from sqlalchemy.dialects.postgresql import INT4MULTIRANGE

from booking_svc.catalogue.models import metadata

closure = Table(
    "closure",
    metadata,
    Column("queue", Text, ForeignKey("queue.id"), nullable=False),
    Column("date", Date, nullable=False),
    Column("minutes", INT4MULTIRANGE, nullable=False),
    Column("bookings", Text, nullable=False),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("closed_by", Text, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    PrimaryKeyConstraint("queue", "date"),
    CheckConstraint("minutes <@ int4range(0, 1440) AND NOT isempty(minutes)", name="within_the_day"),
    CheckConstraint("bookings IN ('move', 'cancel')", name="bookings"),
    Index("ix_closure_due", "due_at", postgresql_where=text("due_at IS NOT NULL")),
)
"""A row per queue and day of which something is closed: `minutes` after local midnight, to which a closing adds and
from which an opening takes. The slots' `scheduled` follows from it as from the hours, also on days not prepared yet.
`due_at`: when a job goes on with the bookings in it, should who closed it not come to the end; null: there are none
left. `since` and `closed_by` are of the last closing; all are in `audit`.
"""
