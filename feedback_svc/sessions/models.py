"""The tables of sessions."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Date, DateTime, Index, Integer, Table, Text

from feedback_svc.places.models import METADATA

TIME = DateTime(timezone=True)

session = Table(
    "session",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("about", Text, nullable=False),
    Column("organisation", Text),
    Column("centre", Text),
    Column("desk", Text),
    Column("region", Text),
    Column("time_zone", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("questionnaire", Text, nullable=False),
    Column("questionnaire_version", Integer, nullable=False),
    Column("channel", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("once_key", Text),
    Column("opened_at", TIME, nullable=False),
    Column("expires_at", TIME, nullable=False),
    Column("submitted_at", TIME),
    CheckConstraint("expires_at > opened_at", name="expires_at"),
    CheckConstraint("about <> 'visit' OR centre IS NOT NULL", name="centre"),
    Index("ix_session_expires_at", "expires_at"),
)
"""`key` is a keyed hash of the session's secret, which only the visitor has. `once_key`: of who is asked once a month.
"""

spent = Table("spent", METADATA, Column("key", Text, primary_key=True), Column("day", Date, nullable=False))
"""Who was asked in a month, by a keyed hash of both: it leads to no person, and to no other month."""
