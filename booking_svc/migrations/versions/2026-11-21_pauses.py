"""Pauses of centres."""

from alembic import op

revision = "pauses"
down_revision = "visits"
branch_labels = None
depends_on = None

STATEMENTS = (
    """
    CREATE TABLE pause (
        id uuid CONSTRAINT pk_pause PRIMARY KEY,
        centre text NOT NULL CONSTRAINT fk_pause_centre_centre REFERENCES centre (id),
        reason text NOT NULL CONSTRAINT ck_pause_reason CHECK (reason IN ('air_raid', 'power', 'other')),
        scope text NOT NULL CONSTRAINT ck_pause_scope CHECK (scope IN ('centre', 'region', 'organisation')),
        since timestamptz NOT NULL,
        started_by text NOT NULL,
        ended_at timestamptz,
        ended_by text,
        CONSTRAINT ck_pause_ended_by_somebody CHECK ((ended_at IS NULL) = (ended_by IS NULL)),
        CONSTRAINT ck_pause_ends_after_it_began CHECK (since <= ended_at)
    )
    """,
    "CREATE UNIQUE INDEX uq_pause_on ON pause (centre) WHERE ended_at IS NULL",
    "CREATE INDEX ix_pause_centre_since ON pause (centre, since)",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
