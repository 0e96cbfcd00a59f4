"""The table of desks that are closed for now."""

from __future__ import annotations

from sqlalchemy import Column, DateTime, ForeignKey, Table, Text

from booking_svc.catalogue.models import metadata

closed_desk = Table(
    "closed_desk",
    metadata,
    Column("desk", Text, ForeignKey("desk.id"), primary_key=True),
    Column("since", DateTime(timezone=True), nullable=False),
    Column("closed_by", Text, nullable=False),
)
"""A row while the desk is closed. Not a column of `desk`: that is what the catalogue says; an import writes it whole,
and opens nothing. Who closed and opened when is in `audit`.
"""
