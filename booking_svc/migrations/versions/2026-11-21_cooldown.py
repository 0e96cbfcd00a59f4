"""A rest between attempts, and priority once a day: what must never be, the table refuses."""

from alembic import op

revision = "cooldown"
down_revision = "board"
branch_labels = None
depends_on = None

STATEMENTS = (
    # one text as a range that holds only itself: what an exclusion constraint can compare without an extension
    'CREATE TYPE text_range AS RANGE (subtype = text, collation = "C")',
    """
    ALTER TABLE booking
    ADD CONSTRAINT ck_booking_cooldown_counts CHECK (cooldown_until IS NULL
        OR status IN ('held', 'confirmed', 'called', 'serving') OR outcome IS NOT DISTINCT FROM 'failed'),
    ADD CONSTRAINT ck_booking_cooldown_after_visit CHECK (cooldown_until > visit_date),
    ADD CONSTRAINT ex_booking_cooldown EXCLUDE USING gist (
        text_range(person_key, person_key, '[]') WITH &&,
        text_range(service, service, '[]') WITH &&,
        daterange(visit_date, cooldown_until, '[]') WITH &&
    ) WHERE (cooldown_until IS NOT NULL)
    """,
    """
    CREATE UNIQUE INDEX uq_booking_priority ON booking (person_key, service, visit_date)
    WHERE priority IS NOT NULL AND status NOT IN ('cancelled', 'expired', 'void')
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
