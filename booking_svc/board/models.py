"""The tables of boards: a version per centre, and what became of the estimates."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Integer,
    PrimaryKeyConstraint,
    Table,
    Text,
)

from booking_svc.catalogue.models import metadata

board = Table(
    "board",
    metadata,
    Column("centre", Text, ForeignKey("centre.id"), primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("raised_in", BigInteger),
    Column("hour", DateTime(timezone=True)),
    Column("compared_until", Date),
)
"""`version` grows with every transaction that changes what the board shows: triggers on `booking` and `pause` see to
it, at the commit, so that nobody can forget it and nobody waits for the row longer than a commit takes (ADR 12).
`raised_in` is the transaction that did. `hour`: the full hour for which it was raised last, because other hours have
other waits. `compared_until`: the last day whose estimates were compared with the truth.
"""

wait_comparison = Table(
    "wait_comparison",
    metadata,
    Column("queue", Text, nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("hour", Integer, nullable=False),
    Column("centre", Text, ForeignKey("centre.id"), nullable=False),
    Column("visits", Integer, nullable=False),
    Column("waited_p50_seconds", Integer, nullable=False),
    Column("waited_p90_seconds", Integer, nullable=False),
    Column("estimated_from", Integer, nullable=False),
    Column("estimated_p50_seconds", Integer),
    Column("estimated_p90_seconds", Integer),
    Column("within_p90", Integer),
    PrimaryKeyConstraint("queue", "visit_date", "hour"),
    CheckConstraint("visits > 0", name="visits"),
    CheckConstraint("num_nulls(estimated_p50_seconds, estimated_p90_seconds, within_p90) IN (0, 3)", name="estimated"),
)
"""The estimate that was shown for each queue and hour, beside how long its visitors really waited. `within_p90` of the
`visits` waited no longer than the estimated nine tenths; `estimated_from` is how many past visits there were.
"""
