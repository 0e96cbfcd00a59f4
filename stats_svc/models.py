"""The tables: columns and constraints only.

`PROJECTIONS` are made of events alone and can be made anew of them (handlers/rebuilding.py); the names of places and
services are states with a version. Empty text in a key: none. A count has no other rows to lock but its own key.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from services.db import metadata

METADATA = metadata()
TIME = DateTime(timezone=True)


def key(name: str, kind: Any = Text) -> Column[Any]:
    return Column(name, kind, nullable=False)


def count(name: str) -> Column[Any]:
    return Column(name, BigInteger, nullable=False)


tally = Table(
    "tally",
    METADATA,
    key("day", Date),
    key("centre"),
    key("what"),
    key("desk"),
    key("service"),
    key("channel"),
    count("n"),
    PrimaryKeyConstraint("day", "centre", "what", "desk", "service", "channel"),
    CheckConstraint("n > 0", name="n"),
)

duration = Table(
    "duration",
    METADATA,
    key("kind"),
    key("day", Date),
    key("centre"),
    key("desk"),
    key("service"),
    key("bucket", SmallInteger),
    count("n"),
    count("seconds"),
    PrimaryKeyConstraint("kind", "day", "centre", "desk", "service", "bucket"),
    CheckConstraint("n > 0", name="n"),
)

# What most queries read: a row per day, centre and question.
rating = Table(
    "rating",
    METADATA,
    key("question"),
    key("day", Date),
    key("centre"),
    key("evaluator"),
    key("questionnaire"),
    count("answers"),
    count("total"),
    count("positive"),
    count("negative"),
    count("verified"),
    count("flagged"),
    PrimaryKeyConstraint("question", "day", "centre", "evaluator", "questionnaire"),
    CheckConstraint("answers = positive + negative", name="answers"),
)

# The same in full: which answer, at which desk.
answer = Table(
    "answer",
    METADATA,
    key("centre"),
    key("day", Date),
    key("desk"),
    key("service"),
    key("channel"),
    key("evaluator"),
    key("questionnaire"),
    key("question"),
    key("value", SmallInteger),
    count("n"),
    PrimaryKeyConstraint(
        "centre", "day", "desk", "service", "channel", "evaluator", "questionnaire", "question", "value"
    ),
    CheckConstraint("n > 0", name="n"),
)

applied = Table("applied", METADATA, Column("subject", Text, primary_key=True), count("n"))

PROJECTIONS = (tally, duration, rating, answer, applied)

centre = Table(
    "centre",
    METADATA,
    Column("code", Text, primary_key=True),
    # -1: known from its events only
    key("version", BigInteger),
    key("organisation"),
    Column("region", Text),
    Column("name", JSONB),
    Column("region_name", JSONB),
    Column("time_zone", Text),
    Column("active", Boolean, nullable=False, server_default=text("true")),
)
Index("ix_centre_organisation", centre.c.organisation)
Index("ix_centre_region", centre.c.region)

desk = Table(
    "desk",
    METADATA,
    Column("code", Text, primary_key=True),
    key("version", BigInteger),
    key("centre"),
    key("number", Integer),
)

organisation = Table(
    "organisation",
    METADATA,
    Column("code", Text, primary_key=True),
    key("version", BigInteger),
    Column("name", JSONB),
)

service = Table(
    "service",
    METADATA,
    Column("code", Text, primary_key=True),
    key("version", BigInteger),
    Column("name", JSONB),
)

# One row: grows with every change of any figure.
revision = Table(
    "revision",
    METADATA,
    Column("single", Boolean, primary_key=True, server_default=text("true")),
    count("n"),
    CheckConstraint("single", name="single"),
)

# How far the newest rebuilding has come; `after` is the last row read of each archive.
rebuild = Table(
    "rebuild",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("requested_id", Uuid, nullable=False, unique=True),
    Column("state", Text, nullable=False),
    Column("started_at", TIME, nullable=False),
    Column("ended_at", TIME),
    Column("after", JSONB, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("skipped", BigInteger, nullable=False),
    Column("missing", BigInteger),
    CheckConstraint("state IN ('running', 'done', 'incomplete')", name="state"),
)
Index("uq_rebuild_running", rebuild.c.state, unique=True, postgresql_where=text("state = 'running'"))
