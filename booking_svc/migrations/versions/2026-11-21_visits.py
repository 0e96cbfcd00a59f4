"""The day in the centre: a booking becomes a visit, and its periods are kept."""

from alembic import op

revision = "visits"
down_revision = "bookings"
branch_labels = None
depends_on = None

COLUMNS = """
    ALTER TABLE booking
    ADD COLUMN skipped_at timestamptz,
    ADD COLUMN desk text,
    ADD COLUMN called_at timestamptz,
    ADD COLUMN calls integer NOT NULL DEFAULT 0,
    ADD COLUMN call_id uuid,
    ADD COLUMN recall_id uuid,
    ADD COLUMN verified_at timestamptz,
    ADD COLUMN started_at timestamptz,
    ADD COLUMN outcome text,
    ADD COLUMN missing_documents jsonb,
    ADD COLUMN refused_because text,
    ADD COLUMN cooldown_until date,
    ADD COLUMN contact bytea,
    ADD COLUMN language text,
    ADD COLUMN erased_at timestamptz,
    ADD COLUMN line_at timestamptz GENERATED ALWAYS AS (coalesce(skipped_at, starts_at)) STORED
"""
STATES = """
    ALTER TABLE booking
    DROP CONSTRAINT ck_booking_status,
    ADD CONSTRAINT ck_booking_status CHECK (status IN ('held', 'confirmed', 'called', 'serving', 'finished', 'refused',
        'missed', 'cancelled', 'expired', 'void')),
    ADD CONSTRAINT ck_booking_called_to_a_desk CHECK (status NOT IN ('called', 'serving')
        OR (desk IS NOT NULL AND called_at IS NOT NULL AND calls > 0 AND checked_in_at IS NOT NULL)),
    ADD CONSTRAINT ck_booking_served_when_verified CHECK (status NOT IN ('serving', 'finished')
        OR (verified_at IS NOT NULL AND started_at IS NOT NULL)),
    ADD CONSTRAINT ck_booking_ended CHECK (status NOT IN ('finished', 'refused', 'missed')
        OR (ended_at IS NOT NULL AND confirmed_at IS NOT NULL)),
    ADD CONSTRAINT ck_booking_finished_with_outcome CHECK ((status = 'finished') = (outcome IS NOT NULL)),
    ADD CONSTRAINT ck_booking_outcome CHECK (outcome IN ('served', 'failed', 'missing_documents')),
    ADD CONSTRAINT ck_booking_refused_with_reason CHECK ((status = 'refused') = (refused_because IS NOT NULL)),
    ADD CONSTRAINT ck_booking_missing_documents
        CHECK (missing_documents IS NULL OR outcome = 'missing_documents')
"""
STATEMENTS = (
    COLUMNS,
    STATES,
    "CREATE UNIQUE INDEX uq_booking_desk ON booking (desk) WHERE status IN ('called', 'serving')",
    "CREATE UNIQUE INDEX uq_booking_call_id ON booking (call_id) WHERE call_id IS NOT NULL",
    """
    CREATE INDEX ix_booking_line ON booking (centre, visit_date, (priority IS NULL), line_at, id)
    WHERE status = 'confirmed' AND checked_in_at IS NOT NULL
    """,
    """
    CREATE INDEX ix_booking_awaited ON booking (starts_at)
    WHERE status = 'confirmed' AND checked_in_at IS NULL
    """,
    """
    CREATE TABLE visit_period (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_visit_period PRIMARY KEY,
        booking_id uuid NOT NULL CONSTRAINT fk_visit_period_booking_id_booking REFERENCES booking (id),
        kind text NOT NULL CONSTRAINT ck_visit_period_kind CHECK (kind IN ('waiting', 'called', 'serving')),
        started_at timestamptz NOT NULL,
        ended_at timestamptz NOT NULL,
        paused_seconds integer NOT NULL DEFAULT 0,
        centre text NOT NULL,
        queue text NOT NULL,
        desk text NOT NULL,
        visit_date date NOT NULL,
        call_id uuid,
        CONSTRAINT ck_visit_period_forward CHECK (started_at <= ended_at),
        CONSTRAINT ck_visit_period_paused_within
            CHECK (paused_seconds >= 0 AND paused_seconds <= ceil(extract(epoch FROM ended_at - started_at)))
    )
    """,
    "CREATE INDEX ix_visit_period_booking ON visit_period (booking_id)",
    "CREATE INDEX ix_visit_period_queue ON visit_period (queue, kind, started_at)",
    "CREATE UNIQUE INDEX uq_visit_period_call_id ON visit_period (call_id) WHERE call_id IS NOT NULL",
    "ALTER TABLE organisation ADD COLUMN grace_minutes integer NOT NULL DEFAULT 15"
    " CONSTRAINT ck_organisation_grace_minutes CHECK (grace_minutes > 0)",
    "ALTER TABLE organisation ADD COLUMN calls_to_miss integer NOT NULL DEFAULT 3"
    " CONSTRAINT ck_organisation_calls_to_miss CHECK (calls_to_miss > 0)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
