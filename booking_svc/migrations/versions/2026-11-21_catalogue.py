"""The catalogue, and the slots that its schedule gives."""

from alembic import op

from services.schema import create_chassis_tables

revision = "catalogue"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE organisation (
        code text NOT NULL,
        name jsonb NOT NULL,
        time_zone text NOT NULL,
        window_days integer NOT NULL,
        opens_at time NOT NULL,
        hold_minutes integer NOT NULL,
        release_policy text NOT NULL,
        retention_days integer,
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT pk_organisation PRIMARY KEY (code),
        CONSTRAINT ck_organisation_window_days CHECK (window_days > 0),
        CONSTRAINT ck_organisation_hold_minutes CHECK (hold_minutes > 0)
    )
    """,
    """
    CREATE TABLE service (
        code text NOT NULL,
        name jsonb NOT NULL,
        steps jsonb NOT NULL,
        documents jsonb NOT NULL,
        online_url text,
        duration_minutes integer NOT NULL,
        open_to_foreigners boolean NOT NULL,
        cooldown_days integer NOT NULL,
        visit_kinds text[] NOT NULL,
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT pk_service PRIMARY KEY (code)
    )
    """,
    """
    CREATE TABLE centre (
        id text NOT NULL,
        organisation text NOT NULL,
        name jsonb NOT NULL,
        region_code text NOT NULL,
        region_name jsonb NOT NULL,
        territory text NOT NULL,
        address jsonb NOT NULL,
        latitude double precision NOT NULL,
        longitude double precision NOT NULL,
        time_zone text NOT NULL,
        languages text[] NOT NULL,
        shelter boolean NOT NULL,
        information_point jsonb,
        hours jsonb NOT NULL,
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT pk_centre PRIMARY KEY (id),
        CONSTRAINT fk_centre_organisation_organisation FOREIGN KEY (organisation) REFERENCES organisation (code)
    )
    """,
    "CREATE INDEX ix_centre_organisation ON centre (organisation)",
    """
    CREATE TABLE desk (
        id text NOT NULL,
        centre text NOT NULL,
        number integer NOT NULL,
        services text[] NOT NULL,
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT pk_desk PRIMARY KEY (id),
        CONSTRAINT fk_desk_centre_centre FOREIGN KEY (centre) REFERENCES centre (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_desk_centre_number ON desk (centre, number)",
    """
    CREATE TABLE queue (
        id text NOT NULL,
        centre text NOT NULL,
        code text NOT NULL,
        slot_minutes integer NOT NULL,
        capacity integer NOT NULL,
        prepared_until date,
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT pk_queue PRIMARY KEY (id),
        CONSTRAINT ck_queue_slot_minutes CHECK (slot_minutes > 0),
        CONSTRAINT ck_queue_capacity CHECK (capacity > 0),
        CONSTRAINT fk_queue_centre_centre FOREIGN KEY (centre) REFERENCES centre (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_queue_centre_code ON queue (centre, code)",
    """
    CREATE TABLE queue_service (
        centre text NOT NULL,
        service text NOT NULL,
        queue text NOT NULL,
        position integer NOT NULL,
        CONSTRAINT pk_queue_service PRIMARY KEY (centre, service),
        CONSTRAINT fk_queue_service_centre_centre FOREIGN KEY (centre) REFERENCES centre (id),
        CONSTRAINT fk_queue_service_service_service FOREIGN KEY (service) REFERENCES service (code),
        CONSTRAINT fk_queue_service_queue_queue FOREIGN KEY (queue) REFERENCES queue (id)
    )
    """,
    "CREATE INDEX ix_queue_service_queue ON queue_service (queue)",
    """
    CREATE TABLE calendar_day (
        id bigint GENERATED ALWAYS AS IDENTITY,
        organisation text,
        centre text,
        date date NOT NULL,
        hours jsonb NOT NULL,
        reason jsonb,
        CONSTRAINT pk_calendar_day PRIMARY KEY (id),
        CONSTRAINT ck_calendar_day_one_owner CHECK (num_nonnulls(organisation, centre) = 1),
        CONSTRAINT fk_calendar_day_organisation_organisation FOREIGN KEY (organisation) REFERENCES organisation (code),
        CONSTRAINT fk_calendar_day_centre_centre FOREIGN KEY (centre) REFERENCES centre (id)
    )
    """,
    "CREATE UNIQUE INDEX uq_calendar_day_centre_date ON calendar_day (centre, date)",
    "CREATE UNIQUE INDEX uq_calendar_day_organisation_date ON calendar_day (organisation, date)",
    """
    CREATE TABLE staff (
        id text NOT NULL,
        organisation text NOT NULL,
        centre text,
        desk text,
        role text NOT NULL,
        sealed_name bytea NOT NULL,
        CONSTRAINT pk_staff PRIMARY KEY (id),
        CONSTRAINT fk_staff_organisation_organisation FOREIGN KEY (organisation) REFERENCES organisation (code),
        CONSTRAINT fk_staff_centre_centre FOREIGN KEY (centre) REFERENCES centre (id),
        CONSTRAINT fk_staff_desk_desk FOREIGN KEY (desk) REFERENCES desk (id)
    )
    """,
    """
    CREATE TABLE slot (
        id bigint GENERATED ALWAYS AS IDENTITY,
        queue text NOT NULL,
        centre text NOT NULL,
        starts_at timestamptz NOT NULL,
        ends_at timestamptz NOT NULL,
        visit_date date NOT NULL,
        scheduled integer NOT NULL,
        capacity integer NOT NULL,
        taken integer NOT NULL DEFAULT 0,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT pk_slot PRIMARY KEY (id),
        CONSTRAINT ck_slot_taken_not_negative CHECK (0 <= taken),
        CONSTRAINT ck_slot_not_oversold CHECK (taken <= capacity),
        CONSTRAINT uq_slot_queue UNIQUE (queue, starts_at)
    ) WITH (fillfactor = 70)
    """,
    "CREATE INDEX ix_slot_starts_at ON slot (starts_at)",
)


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in STATEMENTS:
        op.execute(statement)
