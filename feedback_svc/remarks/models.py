"""The tables of remarks."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    PrimaryKeyConstraint,
    Table,
    Text,
    Uuid,
    text,
)

from feedback_svc.places.models import METADATA

TIME = DateTime(timezone=True)

remark = Table(
    "remark",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("rating_id", Uuid, ForeignKey("rating.id"), nullable=False, unique=True),
    Column("owner", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("desk", Text),
    Column("opened_at", TIME, nullable=False),
    Column("due_at", TIME, nullable=False),
    Column("state", Text, nullable=False),
    Column("answered_at", TIME),
    Column("answered_by", Text),
    Column("answer_id", Uuid),
    Column("answer", LargeBinary),
    Column("contact", LargeBinary),
    Column("contact_kind", Text),
    Column("language", Text, nullable=False),
    CheckConstraint("state IN ('open', 'answered')", name="state"),
    CheckConstraint("due_at > opened_at", name="due_at"),
    CheckConstraint(
        "num_nulls(answered_at, answered_by, answer_id) = CASE state WHEN 'open' THEN 3 ELSE 0 END", name="answered"
    ),
    CheckConstraint("contact_kind IN ('email', 'phone')", name="contact_kind"),
    CheckConstraint("contact IS NULL OR contact_kind IS NOT NULL", name="contact"),
    Index("ix_remark_centre", "owner", "centre", "id"),
    Index("ix_remark_open", "owner", "centre", "id", postgresql_where=text("state = 'open'")),
)
"""Of one rating, whose `owner` it has: who asked answers. `contact` and `answer` are sealed. `answer_id`: of the
request that answered, so that a repeated one is known.
"""

remark_version = Table(
    "remark_version",
    METADATA,
    Column("owner", Text, nullable=False),
    Column("centre", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    PrimaryKeyConstraint("owner", "centre"),
)
"""Grows with every change of an owner's remarks about a centre: what a live stream compares."""

message = Table(
    "message",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("remark_id", Uuid, ForeignKey("remark.id"), nullable=False, unique=True),
    Column("due_at", TIME, nullable=False),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("outcome", Text),
    Column("reason", Text),
    Column("created_at", TIME, nullable=False),
    Column("ended_at", TIME),
    CheckConstraint("outcome IN ('sent', 'dropped', 'refused', 'given_up')", name="outcome"),
    CheckConstraint("(outcome IS NULL) = (ended_at IS NULL)", name="ended"),
    Index("ix_message_due", "due_at", postgresql_where=text("outcome IS NULL")),
)
"""An answer on its way to the visitor: no text and no address, both are made when it goes."""
