"""No-shows, and the blocks that too many of them bring."""

from alembic import op

revision = "20261121_no_shows"
down_revision = "20261121_quotas"

STATEMENTS = (
    """
    ALTER TABLE policy ADD COLUMN no_show_limit integer CONSTRAINT ck_policy_no_show_limit CHECK (
        no_show_limit IS NULL OR (no_show_limit > 0 AND kind = 'individual' AND channel = 'online')
    )
    """,
    """
    CREATE TABLE no_show (
        booking_id uuid CONSTRAINT pk_no_show PRIMARY KEY
            CONSTRAINT fk_no_show_booking_id_reservation REFERENCES reservation (booking_id),
        applicant_key text NOT NULL,
        organisation text NOT NULL,
        visit_date date NOT NULL,
        centre text NOT NULL,
        at timestamptz NOT NULL,
        no_show_limit integer CONSTRAINT ck_no_show_no_show_limit CHECK (no_show_limit > 0),
        recorded_at timestamptz NOT NULL
    )
    """,
    "CREATE INDEX ix_no_show_applicant_key ON no_show (applicant_key, organisation, visit_date)",
    """
    CREATE TABLE block (
        id uuid CONSTRAINT pk_block PRIMARY KEY,
        applicant_key text NOT NULL,
        organisation text NOT NULL,
        month date NOT NULL,
        no_show_limit integer NOT NULL,
        missed uuid[] NOT NULL,
        centre text NOT NULL,
        since timestamptz NOT NULL,
        ended_at timestamptz,
        ended_by text,
        ended_because text,
        CONSTRAINT ck_block_month CHECK (extract(day FROM month) = 1),
        CONSTRAINT ck_block_missed CHECK (no_show_limit > 0 AND cardinality(missed) >= no_show_limit),
        CONSTRAINT ck_block_ended CHECK (num_nulls(ended_at, ended_by, ended_because) IN (0, 3)),
        CONSTRAINT ck_block_ended_at CHECK (ended_at >= since)
    )
    """,
    "CREATE UNIQUE INDEX uq_block_in_force ON block (applicant_key, organisation) WHERE ended_at IS NULL",
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
