"""Times that a manager closed by hand, and bookings that the centre moved because of it."""

from alembic import op

revision = "closures"
down_revision = "closed_desks"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE closure (
        queue text NOT NULL CONSTRAINT fk_closure_queue_queue REFERENCES queue (id),
        date date NOT NULL,
        minutes int4multirange NOT NULL
            CONSTRAINT ck_closure_within_the_day CHECK (minutes <@ int4range(0, 1440) AND NOT isempty(minutes)),
        bookings text NOT NULL CONSTRAINT ck_closure_bookings CHECK (bookings IN ('move', 'cancel')),
        since timestamptz NOT NULL,
        closed_by text NOT NULL,
        due_at timestamptz,
        CONSTRAINT pk_closure PRIMARY KEY (queue, date)
    )
    """,
    "CREATE INDEX ix_closure_due ON closure (due_at) WHERE due_at IS NOT NULL",
    "ALTER TABLE booking ADD COLUMN displaced_at timestamptz",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
