"""The table of policies."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, Integer, PrimaryKeyConstraint, Table, Text

from feedback_svc.places.models import METADATA

policy = Table(
    "policy",
    METADATA,
    Column("organisation", Text, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("session_minutes", Integer, nullable=False),
    Column("remark_hours", Integer, nullable=False),
    Column("burst_ratings", Integer, nullable=False),
    Column("burst_minutes", Integer, nullable=False),
    PrimaryKeyConstraint("organisation", "valid_from"),
    CheckConstraint("session_minutes > 0 AND remark_hours > 0", name="times"),
    CheckConstraint("burst_ratings > 0 AND burst_minutes > 0", name="burst"),
)
