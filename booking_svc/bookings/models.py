"""The tables of bookings."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Computed,
    Date,
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
from sqlalchemy.dialects.postgresql import JSONB, ExcludeConstraint

from booking_svc.bookings.domain import Status
from booking_svc.catalogue.models import metadata

_statuses = ", ".join(f"'{status}'" for status in Status)
_needed = (
    "slot_id",
    "organisation",
    "centre",
    "service",
    "starts_at",
    "visit_date",
    "channel",
    "applicant_kind",
    "applicant_key",
    "person_key",
    "quota",
    "expires_at",
    "created_by",
)

booking = Table(
    "booking",
    metadata,
    Column("id", Uuid, primary_key=True),
    Column("status", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("slot_id", BigInteger, ForeignKey("slot.id")),
    Column("organisation", Text),
    Column("centre", Text),
    Column("service", Text),
    Column("starts_at", DateTime(timezone=True)),
    Column("visit_date", Date),
    Column("channel", Text),
    Column("applicant_kind", Text),
    Column("applicant_key", Text),
    Column("person_key", Text),
    Column("names", LargeBinary),
    Column("priority", Text),
    Column("quota", JSONB),
    Column("expires_at", DateTime(timezone=True)),
    Column("created_by", Text),
    Column("confirmed_at", DateTime(timezone=True)),
    Column("checked_in_at", DateTime(timezone=True)),
    Column("ended_at", DateTime(timezone=True)),
    Column("cancelled_by", Text),
    Column("ticket_number", Integer),
    Column("line_at", DateTime(timezone=True), Computed("coalesce(skipped_at, starts_at)", persisted=True)),
    Column("skipped_at", DateTime(timezone=True)),
    Column("desk", Text),
    Column("called_at", DateTime(timezone=True)),
    Column("calls", Integer, nullable=False, server_default=text("0")),
    Column("call_id", Uuid),
    Column("recall_id", Uuid),
    Column("verified_at", DateTime(timezone=True)),
    Column("started_at", DateTime(timezone=True)),
    Column("outcome", Text),
    Column("missing_documents", JSONB(none_as_null=True)),
    Column("refused_because", Text),
    Column("cooldown_until", Date),
    Column("contact", LargeBinary),
    Column("language", Text),
    Column("erased_at", DateTime(timezone=True)),
    Column("displaced_at", DateTime(timezone=True)),
    CheckConstraint(f"status IN ({_statuses})", name="status"),
    CheckConstraint(
        "status = 'void' OR (" + " AND ".join(f"{name} IS NOT NULL" for name in _needed) + ")", name="complete"
    ),
    CheckConstraint("(confirmed_at IS NULL) = (ticket_number IS NULL)", name="ticket_when_confirmed"),
    CheckConstraint("(status = 'cancelled') = (cancelled_by IS NOT NULL)", name="cancelled_by_somebody"),
    CheckConstraint(
        "status NOT IN ('called', 'serving')"
        " OR (desk IS NOT NULL AND called_at IS NOT NULL AND calls > 0 AND checked_in_at IS NOT NULL)",
        name="called_to_a_desk",
    ),
    CheckConstraint(
        "status NOT IN ('serving', 'finished') OR (verified_at IS NOT NULL AND started_at IS NOT NULL)",
        name="served_when_verified",
    ),
    CheckConstraint(
        "status NOT IN ('finished', 'refused', 'missed') OR (ended_at IS NOT NULL AND confirmed_at IS NOT NULL)",
        name="ended",
    ),
    CheckConstraint("(status = 'finished') = (outcome IS NOT NULL)", name="finished_with_outcome"),
    CheckConstraint("outcome IN ('served', 'failed', 'missing_documents')", name="outcome"),
    CheckConstraint("(status = 'refused') = (refused_because IS NOT NULL)", name="refused_with_reason"),
    CheckConstraint("missing_documents IS NULL OR outcome = 'missing_documents'", name="missing_documents"),
    CheckConstraint(
        "cooldown_until IS NULL OR status IN ('held', 'confirmed', 'called', 'serving')"
        " OR outcome IS NOT DISTINCT FROM 'failed'",
        name="cooldown_counts",
    ),
    CheckConstraint("cooldown_until > visit_date", name="cooldown_after_visit"),
    # No two attempts of a person at one service closer than its cool-down. A text as a range of itself can be compared
    # in gist without an extension (btree_gist).
    ExcludeConstraint(
        (text("text_range(person_key, person_key, '[]')"), "&&"),
        (text("text_range(service, service, '[]')"), "&&"),
        (text("daterange(visit_date, cooldown_until, '[]')"), "&&"),
        name="ex_booking_cooldown",
        using="gist",
        where=text("cooldown_until IS NOT NULL"),
    ),
    Index("ix_booking_held", "expires_at", postgresql_where=text("status = 'held'")),
    Index("ix_booking_person", "person_key", "id"),
    Index("ix_booking_slot", "slot_id"),
    Index(
        "uq_booking_ticket",
        "centre",
        "visit_date",
        text("(priority IS NOT NULL)"),
        "ticket_number",
        unique=True,
        postgresql_where=text("ticket_number IS NOT NULL"),
    ),
    Index(
        "uq_booking_priority",
        "person_key",
        "service",
        "visit_date",
        unique=True,
        postgresql_where=text("priority IS NOT NULL AND status NOT IN ('cancelled', 'expired', 'void')"),
    ),
    Index("uq_booking_desk", "desk", unique=True, postgresql_where=text("status IN ('called', 'serving')")),
    Index("uq_booking_call_id", "call_id", unique=True, postgresql_where=text("call_id IS NOT NULL")),
    Index(
        "ix_booking_line",
        "centre",
        "visit_date",
        text("(priority IS NULL)"),
        "line_at",
        "id",
        postgresql_where=text("status = 'confirmed' AND checked_in_at IS NOT NULL"),
    ),
    Index(
        "ix_booking_to_erase",
        "organisation",
        "visit_date",
        postgresql_where=text(
            "erased_at IS NULL AND status IN ('finished', 'refused', 'missed', 'cancelled', 'expired')"
        ),
    ),
    Index(
        "ix_booking_awaited",
        "starts_at",
        postgresql_where=text("status = 'confirmed' AND checked_in_at IS NULL"),
    ),
)
"""A row with status `void` is a tombstone: this id will never be a booking. It stands under the same primary key, so
that a stalled transaction and the tombstone exclude each other. `names` is sealed and erased after the
organisation's retention; `person_key` is the one who comes, `applicant_key` the one whose quota counts.

A visit is its booking: `line_at` is the place in line, the booked time or, after a skip, `skipped_at`: the time of the
skip, or just behind the next in line when that is later. `call_id` and `recall_id` are the ids of the requests that
called last, so that a repeated one calls nobody else. `displaced_at`: when the centre moved it to a time that nobody
asked for; null again once it was moved from there.
"""

ticket_counter = Table(
    "ticket_counter",
    metadata,
    Column("centre", Text, nullable=False),
    Column("visit_date", Date, nullable=False),
    Column("priority", Boolean, nullable=False),
    Column("last", Integer, nullable=False),
    PrimaryKeyConstraint("centre", "visit_date", "priority"),
)
"""The last number given, per centre and day: ordinary from 1000, priority from 1 (domain.md §2)."""
