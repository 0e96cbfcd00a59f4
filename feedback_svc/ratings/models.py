"""The tables of ratings."""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from feedback_svc.places.models import METADATA
from feedback_svc.ratings.domain import Channel

_channels = ", ".join(f"'{channel}'" for channel in Channel)

rating = Table(
    "rating",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("about", Text, nullable=False),
    Column("organisation", Text),
    Column("centre", Text),
    Column("desk", Text),
    Column("owner", Text, nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("questionnaire_version", Integer, nullable=False),
    Column("answers", JSONB, nullable=False),
    Column("overall", SmallInteger, nullable=False),
    Column("channel", Text, nullable=False),
    Column("submitted_at", DateTime(timezone=True), nullable=False),
    Column("day", Date, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("flagged", Boolean, nullable=False),
    Column("external_id", Text),
    Column("comment", LargeBinary),
    CheckConstraint("about IN ('visit', 'booking_system')", name="about"),
    CheckConstraint(f"channel IN ({_channels})", name="channel"),
    CheckConstraint("overall BETWEEN 1 AND 4", name="overall"),
    CheckConstraint("about <> 'visit' OR (organisation IS NOT NULL AND centre IS NOT NULL)", name="place"),
    CheckConstraint("NOT (verified AND flagged)", name="verified_is_real"),
    Index("ix_rating_desk", "desk", "submitted_at"),
    Index("uq_rating_external_id", "organisation", "external_id", unique=True,
          postgresql_where=text("external_id IS NOT NULL")),
    Index("ix_rating_comment", "owner", "day", postgresql_where=text("comment IS NOT NULL")),
)  # fmt: skip
"""Nothing leads from here to a visitor or a booking. `owner`: whose organisation may read it; `comment` is sealed."""

visit_token = Table(
    "visit_token",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("desk", Text, nullable=False),
    Column("day", Date, nullable=False),
    Index("ix_visit_token_day", "day"),
)
"""Digests of tokens that visitors of a desk may use once. A used one is deleted, so that nothing is left to say
which rating it made a verified one.
"""
