"""Figures, the names of what they are about, and how far a rebuilding has come."""

from alembic import op

from services.schema import create_chassis_tables

revision = "20261121_figures"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE tally (
        day date NOT NULL,
        centre text NOT NULL,
        what text NOT NULL,
        desk text NOT NULL,
        service text NOT NULL,
        channel text NOT NULL,
        n bigint NOT NULL,
        CONSTRAINT pk_tally PRIMARY KEY (day, centre, what, desk, service, channel),
        CONSTRAINT ck_tally_n CHECK (n > 0)
    )
    """,
    """
    CREATE TABLE duration (
        kind text NOT NULL,
        day date NOT NULL,
        centre text NOT NULL,
        desk text NOT NULL,
        service text NOT NULL,
        bucket smallint NOT NULL,
        n bigint NOT NULL,
        seconds bigint NOT NULL,
        CONSTRAINT pk_duration PRIMARY KEY (kind, day, centre, desk, service, bucket),
        CONSTRAINT ck_duration_n CHECK (n > 0)
    )
    """,
    """
    CREATE TABLE rating (
        question text NOT NULL,
        day date NOT NULL,
        centre text NOT NULL,
        evaluator text NOT NULL,
        questionnaire text NOT NULL,
        answers bigint NOT NULL,
        total bigint NOT NULL,
        positive bigint NOT NULL,
        negative bigint NOT NULL,
        verified bigint NOT NULL,
        flagged bigint NOT NULL,
        CONSTRAINT pk_rating PRIMARY KEY (question, day, centre, evaluator, questionnaire),
        CONSTRAINT ck_rating_answers CHECK (answers = positive + negative)
    )
    """,
    """
    CREATE TABLE answer (
        centre text NOT NULL,
        day date NOT NULL,
        desk text NOT NULL,
        service text NOT NULL,
        channel text NOT NULL,
        evaluator text NOT NULL,
        questionnaire text NOT NULL,
        question text NOT NULL,
        value smallint NOT NULL,
        n bigint NOT NULL,
        CONSTRAINT pk_answer PRIMARY KEY
            (centre, day, desk, service, channel, evaluator, questionnaire, question, value),
        CONSTRAINT ck_answer_n CHECK (n > 0)
    )
    """,
    "CREATE TABLE applied (subject text CONSTRAINT pk_applied PRIMARY KEY, n bigint NOT NULL)",
    """
    CREATE TABLE centre (
        code text CONSTRAINT pk_centre PRIMARY KEY,
        version bigint NOT NULL,
        organisation text NOT NULL,
        region text,
        name jsonb,
        region_name jsonb,
        time_zone text,
        active boolean NOT NULL DEFAULT true
    )
    """,
    "CREATE INDEX ix_centre_organisation ON centre (organisation)",
    "CREATE INDEX ix_centre_region ON centre (region)",
    """
    CREATE TABLE desk (
        code text CONSTRAINT pk_desk PRIMARY KEY,
        version bigint NOT NULL,
        centre text NOT NULL,
        number integer NOT NULL
    )
    """,
    "CREATE TABLE organisation (code text CONSTRAINT pk_organisation PRIMARY KEY, version bigint NOT NULL, name jsonb)",
    "CREATE TABLE service (code text CONSTRAINT pk_service PRIMARY KEY, version bigint NOT NULL, name jsonb)",
    """
    CREATE TABLE revision (
        single boolean CONSTRAINT pk_revision PRIMARY KEY DEFAULT true,
        n bigint NOT NULL,
        CONSTRAINT ck_revision_single CHECK (single)
    )
    """,
    "INSERT INTO revision (n) VALUES (0)",
    """
    CREATE TABLE rebuild (
        id bigint GENERATED ALWAYS AS IDENTITY CONSTRAINT pk_rebuild PRIMARY KEY,
        requested_id uuid NOT NULL CONSTRAINT uq_rebuild_requested_id UNIQUE,
        state text NOT NULL,
        started_at timestamptz NOT NULL,
        ended_at timestamptz,
        after jsonb NOT NULL,
        events bigint NOT NULL,
        skipped bigint NOT NULL,
        missing bigint,
        CONSTRAINT ck_rebuild_state CHECK (state IN ('running', 'done', 'incomplete'))
    )
    """,
    "CREATE UNIQUE INDEX uq_rebuild_running ON rebuild (state) WHERE state = 'running'",
    "CREATE SCHEMA shadow",
)


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in STATEMENTS:
        op.execute(statement)
