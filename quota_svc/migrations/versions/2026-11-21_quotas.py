"""Policies, usage, reservations, ledger."""

from alembic import op

from services.schema import create_chassis_tables

revision = "20261121_quotas"
down_revision = None

USAGE_KEY = """
    applicant_key text NOT NULL,
    organisation text NOT NULL,
    kind text NOT NULL,
    channel text NOT NULL,
    period text NOT NULL,
    period_start date NOT NULL
"""

STATEMENTS = (
    """
    CREATE TABLE organisation (
        code text CONSTRAINT pk_organisation PRIMARY KEY,
        time_zone text NOT NULL,
        window_days integer NOT NULL,
        active boolean NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT ck_organisation_window_days CHECK (window_days > 0)
    )
    """,
    # one text as a range that holds only itself: what an exclusion constraint can compare without an extension
    'CREATE TYPE text_range AS RANGE (subtype = text, collation = "C")',
    """
    CREATE TABLE policy (
        id uuid CONSTRAINT pk_policy PRIMARY KEY,
        organisation text NOT NULL,
        kind text NOT NULL,
        channel text NOT NULL,
        max_bookings integer NOT NULL,
        period text NOT NULL,
        cancelled_counts boolean NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        changed_at timestamptz NOT NULL,
        CONSTRAINT uq_policy_organisation UNIQUE (organisation, kind, channel, valid_from),
        CONSTRAINT ex_policy_one_a_day EXCLUDE USING gist (
            text_range(organisation, organisation, '[]') WITH &&,
            text_range(kind, kind, '[]') WITH &&,
            text_range(channel, channel, '[]') WITH &&,
            daterange(valid_from, valid_to, '[]') WITH &&
        ) DEFERRABLE INITIALLY DEFERRED,
        CONSTRAINT ck_policy_max_bookings CHECK (max_bookings >= 0),
        CONSTRAINT ck_policy_valid_to CHECK (valid_to >= valid_from),
        CONSTRAINT ck_policy_kind CHECK (kind IN ('individual', 'legal_entity')),
        CONSTRAINT ck_policy_channel CHECK (channel IN ('online', 'terminal')),
        CONSTRAINT ck_policy_period CHECK (period IN ('day', 'week', 'month'))
    )
    """,
    # room on the page, so that the counter's updates touch no index
    f"""
    CREATE TABLE usage (
        {USAGE_KEY},
        used integer NOT NULL,
        granted_limit integer,
        CONSTRAINT pk_usage PRIMARY KEY (applicant_key, organisation, kind, channel, period, period_start),
        CONSTRAINT ck_usage_used CHECK (used >= 0),
        CONSTRAINT ck_usage_granted_limit CHECK (used <= granted_limit)
    ) WITH (fillfactor = 80)
    """,
    f"""
    CREATE TABLE reservation (
        booking_id uuid CONSTRAINT pk_reservation PRIMARY KEY,
        attempts uuid[] NOT NULL,
        {USAGE_KEY},
        visit_date date NOT NULL,
        policy_id uuid,
        cancelled_counts boolean NOT NULL,
        state text NOT NULL,
        released_because text,
        breach text,
        expires_at timestamptz NOT NULL,
        ask_at timestamptz NOT NULL,
        created_at timestamptz NOT NULL,
        changed_at timestamptz NOT NULL,
        CONSTRAINT ck_reservation_released_because CHECK ((state = 'released') = (released_because IS NOT NULL)),
        CONSTRAINT ck_reservation_attempts CHECK (state <> 'reserved' OR cardinality(attempts) > 0),
        CONSTRAINT ck_reservation_state CHECK (state IN ('reserved', 'committed', 'cancelled_counts', 'released'))
    )
    """,
    """
    CREATE INDEX ix_reservation_counting ON reservation (applicant_key, organisation, period_start)
    WHERE state <> 'released'
    """,
    "CREATE INDEX ix_reservation_ask_at ON reservation (ask_at) WHERE state = 'reserved'",
    "CREATE INDEX ix_reservation_breach ON reservation (booking_id) WHERE breach IS NOT NULL",
    f"""
    CREATE TABLE ledger (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_ledger PRIMARY KEY,
        booking_id uuid NOT NULL,
        {USAGE_KEY},
        delta smallint NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL,
        CONSTRAINT ck_ledger_delta CHECK (delta IN (-1, 1))
    )
    """,
    "CREATE INDEX ix_ledger_booking_id ON ledger (booking_id)",
    """
    CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'the ledger is append-only'; END $$
    """,
    """
    CREATE TRIGGER ledger_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger
    FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()
    """,
)


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in STATEMENTS:
        op.execute(statement)
