"""Bookings and ticket numbers."""

from alembic import op

revision = "bookings"
down_revision = "catalogue"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE booking (
        id uuid CONSTRAINT pk_booking PRIMARY KEY,
        status text NOT NULL CONSTRAINT ck_booking_status
            CHECK (status IN ('held', 'confirmed', 'called', 'cancelled', 'expired', 'void')),
        created_at timestamptz NOT NULL,
        slot_id bigint CONSTRAINT fk_booking_slot_id_slot REFERENCES slot (id),
        organisation text,
        centre text,
        service text,
        starts_at timestamptz,
        visit_date date,
        channel text,
        applicant_kind text,
        applicant_key text,
        person_key text,
        names bytea,
        priority text,
        quota jsonb,
        expires_at timestamptz,
        created_by text,
        confirmed_at timestamptz,
        checked_in_at timestamptz,
        ended_at timestamptz,
        cancelled_by text,
        ticket_number integer,
        CONSTRAINT ck_booking_complete CHECK (
            status = 'void' OR (
                slot_id IS NOT NULL AND organisation IS NOT NULL AND centre IS NOT NULL AND service IS NOT NULL
                AND starts_at IS NOT NULL AND visit_date IS NOT NULL AND channel IS NOT NULL
                AND applicant_kind IS NOT NULL AND applicant_key IS NOT NULL AND person_key IS NOT NULL
                AND quota IS NOT NULL AND expires_at IS NOT NULL AND created_by IS NOT NULL
            )
        ),
        CONSTRAINT ck_booking_ticket_when_confirmed CHECK ((confirmed_at IS NULL) = (ticket_number IS NULL)),
        CONSTRAINT ck_booking_cancelled_by_somebody CHECK ((status = 'cancelled') = (cancelled_by IS NOT NULL))
    )
    """,
    "CREATE INDEX ix_booking_held ON booking (expires_at) WHERE status = 'held'",
    "CREATE INDEX ix_booking_person ON booking (person_key, id)",
    "CREATE INDEX ix_booking_slot ON booking (slot_id)",
    """
    CREATE UNIQUE INDEX uq_booking_ticket ON booking (centre, visit_date, (priority IS NOT NULL), ticket_number)
    WHERE ticket_number IS NOT NULL
    """,
    """
    CREATE TABLE ticket_counter (
        centre text NOT NULL,
        visit_date date NOT NULL,
        priority boolean NOT NULL,
        last integer NOT NULL,
        CONSTRAINT pk_ticket_counter PRIMARY KEY (centre, visit_date, priority)
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
