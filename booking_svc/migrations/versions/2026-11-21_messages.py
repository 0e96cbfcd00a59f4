"""Messages about bookings, quiet hours, and what is to be erased."""

from alembic import op

revision = "messages"
down_revision = "cooldown"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE message (
        id uuid CONSTRAINT pk_message PRIMARY KEY,
        booking_id uuid NOT NULL CONSTRAINT fk_message_booking_id_booking REFERENCES booking (id),
        kind text NOT NULL CONSTRAINT ck_message_kind
            CHECK (kind IN ('day_before', 'hours_before', 'cancelled', 'moved', 'paused')),
        starts_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        outcome text CONSTRAINT ck_message_outcome
            CHECK (outcome IN ('sent', 'dropped', 'refused', 'given_up')),
        reason text,
        ended_at timestamptz,
        CONSTRAINT ck_message_ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
    )
    """,
    "CREATE UNIQUE INDEX uq_message_booking ON message (booking_id, kind, starts_at)",
    "CREATE INDEX ix_message_due ON message (due_at) WHERE outcome IS NULL",
    "CREATE INDEX ix_message_given_up ON message (ended_at) WHERE outcome = 'given_up'",
    "ALTER TABLE organisation ADD COLUMN quiet_from time NOT NULL DEFAULT '21:00'",
    "ALTER TABLE organisation ADD COLUMN quiet_until time NOT NULL DEFAULT '08:00'",
    """
    CREATE INDEX ix_booking_to_erase ON booking (organisation, visit_date)
    WHERE erased_at IS NULL AND status IN ('finished', 'refused', 'missed', 'cancelled', 'expired')
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
