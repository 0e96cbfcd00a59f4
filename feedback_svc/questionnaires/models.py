"""The table of questionnaires."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, DateTime, Index, Integer, PrimaryKeyConstraint, Table, Text
from sqlalchemy.dialects.postgresql import JSONB

from feedback_svc.places.models import METADATA

questionnaire = Table(
    "questionnaire",
    METADATA,
    Column("id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("asks", Text, nullable=False),
    Column("about", Text, nullable=False),
    Column("questions", JSONB, nullable=False),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("made_at", DateTime(timezone=True), nullable=False),
    PrimaryKeyConstraint("id", "version"),
    CheckConstraint("version > 0", name="version"),
    CheckConstraint("about IN ('visit', 'booking_system')", name="about"),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    Index("ix_questionnaire_asks", "asks", "about"),
)
"""A version is never changed: the answers to it stay what they were. The next one takes its place."""
