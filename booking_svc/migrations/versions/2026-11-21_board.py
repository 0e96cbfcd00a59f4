"""The board: a version per centre, raised by triggers, and the comparison of estimated with real waits."""

from alembic import op

revision = "board"
down_revision = "pauses"
branch_labels = None
depends_on = None

SHOWN = "status, checked_in_at, line_at, visit_date, priority, ticket_number, desk, called_at, calls"
OLD = ", ".join(f"OLD.{column}" for column in SHOWN.split(", "))
NEW = ", ".join(f"NEW.{column}" for column in SHOWN.split(", "))

STATEMENTS = (
    """
    CREATE TABLE board (
        centre text CONSTRAINT pk_board PRIMARY KEY CONSTRAINT fk_board_centre_centre REFERENCES centre (id),
        version bigint NOT NULL,
        raised_in bigint,
        hour timestamptz,
        compared_until date
    ) WITH (fillfactor = 50)
    """,
    # Once per transaction and centre, however many of its rows changed.
    """
    CREATE FUNCTION raise_board() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        raised bigint;
    BEGIN
        INSERT INTO board (centre, version, raised_in) VALUES (NEW.centre, 1, pg_current_xact_id()::text::bigint)
        ON CONFLICT (centre) DO UPDATE SET version = board.version + 1, raised_in = excluded.raised_in
        WHERE board.raised_in IS DISTINCT FROM excluded.raised_in
        RETURNING version INTO raised;
        IF raised IS NOT NULL THEN
            PERFORM pg_notify('board', json_build_array(NEW.centre, raised)::text);
        END IF;
        RETURN NULL;
    END $$
    """,
    # Deferred: the row of the board is locked during the commit only, and desks do not wait for each other. A hold is
    # an insert, its expiry and an online confirmation leave `checked_in_at` empty: they pay nothing.
    f"""
    CREATE CONSTRAINT TRIGGER booking_raises_board AFTER UPDATE ON booking
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
    WHEN ((OLD.checked_in_at IS NOT NULL OR NEW.checked_in_at IS NOT NULL) AND ({OLD}) IS DISTINCT FROM ({NEW}))
    EXECUTE FUNCTION raise_board()
    """,
    """
    CREATE CONSTRAINT TRIGGER pause_raises_board AFTER INSERT OR UPDATE ON pause
    DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION raise_board()
    """,
    """
    CREATE TABLE wait_comparison (
        queue text NOT NULL,
        visit_date date NOT NULL,
        hour integer NOT NULL,
        centre text NOT NULL CONSTRAINT fk_wait_comparison_centre_centre REFERENCES centre (id),
        visits integer NOT NULL CONSTRAINT ck_wait_comparison_visits CHECK (visits > 0),
        waited_p50_seconds integer NOT NULL,
        waited_p90_seconds integer NOT NULL,
        estimated_from integer NOT NULL,
        estimated_p50_seconds integer,
        estimated_p90_seconds integer,
        within_p90 integer,
        CONSTRAINT pk_wait_comparison PRIMARY KEY (queue, visit_date, hour),
        CONSTRAINT ck_wait_comparison_estimated
            CHECK (num_nulls(estimated_p50_seconds, estimated_p90_seconds, within_p90) IN (0, 3))
    )
    """,
)


def upgrade() -> None:
    for statement in STATEMENTS:
        op.execute(statement)
