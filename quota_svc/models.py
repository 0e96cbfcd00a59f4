"""The tables: columns and constraints. What must never be true, the database itself refuses.

`usage` and `reservation` know applicants by keyed hash only.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    Integer,
    PrimaryKeyConstraint,
    SmallInteger,
    Table,
    Text,
    UniqueConstraint,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ExcludeConstraint

from quota_svc.domain import Channel, Kind, Period, State
from services.db import metadata

METADATA = metadata()
TIME = DateTime(timezone=True)


def one_of(column: str, values: Iterable[StrEnum]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})", name=column)


def usage_key() -> list[Column[Any]]:
    """What is counted together: an applicant's bookings with an organisation, by one channel, in one period."""
    return [
        Column("applicant_key", Text, nullable=False),
        Column("organisation", Text, nullable=False),
        Column("kind", Text, nullable=False),
        Column("channel", Text, nullable=False),
        Column("period", Text, nullable=False),
        Column("period_start", Date, nullable=False),
    ]


organisation = Table(
    "organisation",
    METADATA,
    Column("code", Text, primary_key=True),
    Column("time_zone", Text, nullable=False),
    Column("window_days", Integer, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("changed_at", TIME, nullable=False),
    CheckConstraint("window_days > 0", name="window_days"),
)

policy = Table(
    "policy",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("organisation", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("max_bookings", Integer, nullable=False),
    Column("period", Text, nullable=False),
    Column("cancelled_counts", Boolean, nullable=False),
    Column("no_show_limit", Integer),
    Column("valid_from", Date, nullable=False),
    Column("valid_to", Date),
    Column("changed_at", TIME, nullable=False),
    UniqueConstraint("organisation", "kind", "channel", "valid_from"),
    # One policy a day. A text as a range of itself can be compared in gist without an extension (btree_gist).
    # Deferred, because a policy that is ended for its successor overlaps it for the length of a statement.
    ExcludeConstraint(
        (text("text_range(organisation, organisation, '[]')"), "&&"),
        (text("text_range(kind, kind, '[]')"), "&&"),
        (text("text_range(channel, channel, '[]')"), "&&"),
        (text("daterange(valid_from, valid_to, '[]')"), "&&"),
        name="ex_policy_one_a_day",
        using="gist",
        deferrable=True,
        initially="DEFERRED",
    ),
    CheckConstraint("max_bookings >= 0", name="max_bookings"),
    CheckConstraint("valid_to >= valid_from", name="valid_to"),
    CheckConstraint(
        "no_show_limit IS NULL OR (no_show_limit > 0 AND kind = 'individual' AND channel = 'online')",
        name="no_show_limit",
    ),
    one_of("kind", Kind),
    one_of("channel", Channel),
    one_of("period", Period),
)

usage = Table(
    "usage",
    METADATA,
    *usage_key(),
    Column("used", Integer, nullable=False),
    # the limit in force when the last booking was granted; null: none was
    Column("granted_limit", Integer),
    PrimaryKeyConstraint("applicant_key", "organisation", "kind", "channel", "period", "period_start"),
    CheckConstraint("used >= 0", name="used"),
    CheckConstraint("used <= granted_limit", name="granted_limit"),
)

reservation = Table(
    "reservation",
    METADATA,
    Column("booking_id", Uuid, primary_key=True),
    # the attempts that hold it, until it is committed; freed when the last one gives up
    Column("attempts", ARRAY(Uuid), nullable=False),
    *usage_key(),
    Column("visit_date", Date, nullable=False),
    Column("policy_id", Uuid),
    # the policy's, when it was reserved: what the applicant was told stays true
    Column("cancelled_counts", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("released_because", Text),
    Column("breach", Text),
    Column("expires_at", TIME, nullable=False),
    # when booking_svc is asked next what became of it
    Column("ask_at", TIME, nullable=False),
    Column("created_at", TIME, nullable=False),
    Column("changed_at", TIME, nullable=False),
    CheckConstraint("(state = 'released') = (released_because IS NOT NULL)", name="released_because"),
    CheckConstraint("state <> 'reserved' OR cardinality(attempts) > 0", name="attempts"),
    one_of("state", State),
)
Index(
    "ix_reservation_counting",
    reservation.c.applicant_key,
    reservation.c.organisation,
    reservation.c.period_start,
    postgresql_where=text("state <> 'released'"),
)
Index("ix_reservation_ask_at", reservation.c.ask_at, postgresql_where=text("state = 'reserved'"))
Index("ix_reservation_breach", reservation.c.booking_id, postgresql_where=text("breach IS NOT NULL"))

ledger = Table(
    "ledger",
    METADATA,
    Column("id", BigInteger, Identity(always=True), primary_key=True),
    Column("booking_id", Uuid, nullable=False),
    *usage_key(),
    Column("delta", SmallInteger, nullable=False),
    Column("reason", Text, nullable=False),
    Column("at", TIME, nullable=False),
    CheckConstraint("delta IN (-1, 1)", name="delta"),
)
Index("ix_ledger_booking_id", ledger.c.booking_id)

no_show = Table(
    "no_show",
    METADATA,
    Column("booking_id", ForeignKey("reservation.booking_id"), primary_key=True),
    Column("applicant_key", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("centre", Text, nullable=False),
    Column("at", TIME, nullable=False),
    # the policy's, when it was recorded; null: none was in force
    Column("no_show_limit", Integer),
    Column("recorded_at", TIME, nullable=False),
    CheckConstraint("no_show_limit > 0", name="no_show_limit"),
)
Index("ix_no_show_applicant_key", no_show.c.applicant_key, no_show.c.organisation, no_show.c.visit_date)

block = Table(
    "block",
    METADATA,
    Column("id", Uuid, primary_key=True),
    Column("applicant_key", Text, nullable=False),
    Column("organisation", Text, nullable=False),
    Column("month", Date, nullable=False),
    Column("no_show_limit", Integer, nullable=False),
    Column("missed", ARRAY(Uuid), nullable=False),
    Column("centre", Text, nullable=False),
    Column("since", TIME, nullable=False),
    Column("ended_at", TIME),
    Column("ended_by", Text),
    Column("ended_because", Text),
    CheckConstraint("extract(day FROM month) = 1", name="month"),
    CheckConstraint("no_show_limit > 0 AND cardinality(missed) >= no_show_limit", name="missed"),
    CheckConstraint("num_nulls(ended_at, ended_by, ended_because) IN (0, 3)", name="ended"),
    CheckConstraint("ended_at >= since", name="ended_at"),
)
Index(
    "uq_block_in_force",
    block.c.applicant_key,
    block.c.organisation,
    unique=True,
    postgresql_where=text("ended_at IS NULL"),
)
