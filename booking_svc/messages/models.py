"""The table of messages. No text and no address: both are made of the booking when a message is sent."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum

from sqlalchemy import CheckConstraint, Column, DateTime, ForeignKey, Index, Integer, Table, Text, Uuid, text

from booking_svc.catalogue.models import metadata
from booking_svc.messages.domain import Kind, Outcome


def _listed(values: Iterable[StrEnum]) -> str:
    return ", ".join(f"'{value}'" for value in values)


message = Table(
    "message",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("booking_id", Uuid, ForeignKey("booking.id"), nullable=False),
    Column("kind", Text, nullable=False),
    Column("starts_at", DateTime(timezone=True), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("due_at", DateTime(timezone=True), nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),
    Column("reason", Text),
    Column("ended_at", DateTime(timezone=True)),
    CheckConstraint(f"kind IN ({_listed(Kind)})", name="kind"),
    CheckConstraint(f"outcome IN ({_listed(Outcome)})", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    Index("uq_message_booking", "booking_id", "kind", "starts_at", unique=True),
    Index("ix_message_given_up", "ended_at", postgresql_where=text("outcome = 'given_up'")),
    Index("ix_message_due", "due_at", postgresql_where=text("outcome IS NULL")),
)
"""`starts_at` is the visit that the message speaks of, as it was booked then. `due_at` is when it is sent; who sends
it moves that into the future, as a lease, and a process that dies meanwhile leaves it to be sent again then.
`attempts` are those in vain, `reason` says what stood in the way of the last.
"""
