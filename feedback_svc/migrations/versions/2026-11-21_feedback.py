"""All tables of feedback, and what holds where no organisation has decided otherwise."""

import json
from datetime import date

from alembic import op
from sqlalchemy import text

from services.schema import create_chassis_tables

revision = "20261121_feedback"
down_revision = None

STATEMENTS = (
    """
    CREATE TABLE organisation (
        code text CONSTRAINT pk_organisation PRIMARY KEY,
        name jsonb NOT NULL,
        time_zone text NOT NULL,
        retention_days integer,
        active boolean NOT NULL,
        version bigint NOT NULL
    )
    """,
    """
    CREATE TABLE centre (
        id text CONSTRAINT pk_centre PRIMARY KEY,
        organisation text NOT NULL,
        name jsonb NOT NULL,
        address jsonb NOT NULL,
        region text NOT NULL,
        time_zone text NOT NULL,
        active boolean NOT NULL,
        version bigint NOT NULL
    )
    """,
    """
    CREATE TABLE desk (
        id text CONSTRAINT pk_desk PRIMARY KEY,
        centre text NOT NULL CONSTRAINT fk_desk_centre_centre REFERENCES centre (id),
        desk_number integer NOT NULL,
        active boolean NOT NULL
    )
    """,
    "CREATE INDEX ix_desk_centre ON desk (centre)",
    """
    CREATE TABLE code (
        id uuid CONSTRAINT pk_code PRIMARY KEY,
        code text NOT NULL CONSTRAINT uq_code_code UNIQUE,
        desk text NOT NULL CONSTRAINT fk_code_desk_desk REFERENCES desk (id),
        made_at timestamptz NOT NULL,
        revoked_at timestamptz,
        CONSTRAINT ck_code_length CHECK (length(code) = 26)
    )
    """,
    "CREATE UNIQUE INDEX uq_code_desk ON code (desk) WHERE revoked_at IS NULL",
    """
    CREATE TABLE policy (
        organisation text NOT NULL,
        valid_from date NOT NULL,
        session_minutes integer NOT NULL,
        remark_hours integer NOT NULL,
        burst_ratings integer NOT NULL,
        burst_minutes integer NOT NULL,
        CONSTRAINT pk_policy PRIMARY KEY (organisation, valid_from),
        CONSTRAINT ck_policy_times CHECK (session_minutes > 0 AND remark_hours > 0),
        CONSTRAINT ck_policy_burst CHECK (burst_ratings > 0 AND burst_minutes > 0)
    )
    """,
    """
    CREATE TABLE questionnaire (
        id text NOT NULL,
        version integer NOT NULL,
        owner text NOT NULL,
        asks text NOT NULL,
        about text NOT NULL,
        questions jsonb NOT NULL,
        valid_from date NOT NULL,
        valid_to date,
        made_at timestamptz NOT NULL,
        CONSTRAINT pk_questionnaire PRIMARY KEY (id, version),
        CONSTRAINT ck_questionnaire_version CHECK (version > 0),
        CONSTRAINT ck_questionnaire_about CHECK (about IN ('visit', 'booking_system')),
        CONSTRAINT ck_questionnaire_valid_to CHECK (valid_to >= valid_from)
    )
    """,
    "CREATE INDEX ix_questionnaire_asks ON questionnaire (asks, about)",
    """
    CREATE TABLE session (
        key text CONSTRAINT pk_session PRIMARY KEY,
        about text NOT NULL,
        organisation text,
        centre text,
        desk text,
        region text,
        time_zone text NOT NULL,
        owner text NOT NULL,
        questionnaire text NOT NULL,
        questionnaire_version integer NOT NULL,
        channel text NOT NULL,
        language text NOT NULL,
        once_key text,
        opened_at timestamptz NOT NULL,
        expires_at timestamptz NOT NULL,
        submitted_at timestamptz,
        CONSTRAINT ck_session_expires_at CHECK (expires_at > opened_at),
        CONSTRAINT ck_session_desk CHECK (about <> 'visit' OR desk IS NOT NULL)
    ) WITH (fillfactor = 80)
    """,
    "CREATE INDEX ix_session_expires_at ON session (expires_at)",
    "CREATE TABLE spent (key text CONSTRAINT pk_spent PRIMARY KEY, day date NOT NULL)",
    """
    CREATE TABLE rating (
        id uuid CONSTRAINT pk_rating PRIMARY KEY,
        about text NOT NULL,
        organisation text,
        centre text,
        desk text,
        owner text NOT NULL,
        questionnaire text NOT NULL,
        questionnaire_version integer NOT NULL,
        answers jsonb NOT NULL,
        overall smallint NOT NULL,
        channel text NOT NULL,
        submitted_at timestamptz NOT NULL,
        day date NOT NULL,
        verified boolean NOT NULL,
        flagged boolean NOT NULL,
        external_id text,
        comment bytea,
        CONSTRAINT ck_rating_about CHECK (about IN ('visit', 'booking_system')),
        CONSTRAINT ck_rating_channel CHECK (channel IN ('qr', 'link', 'telegram', 'hotline', 'social', 'booking')),
        CONSTRAINT ck_rating_overall CHECK (overall BETWEEN 1 AND 4),
        CONSTRAINT ck_rating_place CHECK (about <> 'visit' OR (organisation IS NOT NULL AND centre IS NOT NULL)),
        CONSTRAINT ck_rating_verified_is_real CHECK (NOT (verified AND flagged))
    )
    """,
    "CREATE INDEX ix_rating_desk ON rating (desk, submitted_at)",
    """
    CREATE UNIQUE INDEX uq_rating_external_id ON rating (organisation, external_id) WHERE external_id IS NOT NULL
    """,
    "CREATE INDEX ix_rating_comment ON rating (owner, day) WHERE comment IS NOT NULL",
    """
    CREATE TABLE visit_token (
        key text CONSTRAINT pk_visit_token PRIMARY KEY,
        desk text NOT NULL,
        day date NOT NULL
    )
    """,
    "CREATE INDEX ix_visit_token_day ON visit_token (day)",
    """
    CREATE TABLE remark (
        id uuid CONSTRAINT pk_remark PRIMARY KEY,
        rating_id uuid NOT NULL CONSTRAINT uq_remark_rating_id UNIQUE
            CONSTRAINT fk_remark_rating_id_rating REFERENCES rating (id),
        owner text NOT NULL,
        organisation text NOT NULL,
        centre text NOT NULL,
        desk text,
        opened_at timestamptz NOT NULL,
        due_at timestamptz NOT NULL,
        state text NOT NULL,
        answered_at timestamptz,
        answered_by text,
        answer_id uuid,
        answer bytea,
        contact bytea,
        contact_kind text,
        language text NOT NULL,
        CONSTRAINT ck_remark_state CHECK (state IN ('open', 'answered')),
        CONSTRAINT ck_remark_due_at CHECK (due_at > opened_at),
        CONSTRAINT ck_remark_answered CHECK (
            num_nulls(answered_at, answered_by, answer_id) = CASE state WHEN 'open' THEN 3 ELSE 0 END
        ),
        CONSTRAINT ck_remark_contact_kind CHECK (contact_kind IN ('email', 'phone')),
        CONSTRAINT ck_remark_contact CHECK (contact IS NULL OR contact_kind IS NOT NULL)
    )
    """,
    "CREATE INDEX ix_remark_centre ON remark (owner, centre, id)",
    "CREATE INDEX ix_remark_open ON remark (owner, centre, id) WHERE state = 'open'",
    """
    CREATE TABLE remark_version (
        owner text NOT NULL,
        centre text NOT NULL,
        version bigint NOT NULL,
        CONSTRAINT pk_remark_version PRIMARY KEY (owner, centre)
    )
    """,
    """
    CREATE TABLE message (
        id uuid CONSTRAINT pk_message PRIMARY KEY,
        remark_id uuid NOT NULL CONSTRAINT uq_message_remark_id UNIQUE
            CONSTRAINT fk_message_remark_id_remark REFERENCES remark (id),
        due_at timestamptz NOT NULL,
        attempts integer NOT NULL DEFAULT 0,
        outcome text,
        reason text,
        created_at timestamptz NOT NULL,
        ended_at timestamptz,
        CONSTRAINT ck_message_outcome CHECK (outcome IN ('sent', 'dropped', 'refused', 'given_up')),
        CONSTRAINT ck_message_ended CHECK ((outcome IS NULL) = (ended_at IS NULL))
    )
    """,
    "CREATE INDEX ix_message_due ON message (due_at) WHERE outcome IS NULL",
)

BEGINNING = date(2024, 1, 1)
# Ten minutes are published (domain.md §3); a working day to react, and five ratings in half an hour, are our decision.
POLICY = text(
    "INSERT INTO policy (organisation, valid_from, session_minutes, remark_hours, burst_ratings, burst_minutes)"
    " VALUES ('*', CAST(:day AS date), 10, 24, 5, 30)"
)
QUESTIONNAIRE = text(
    "INSERT INTO questionnaire (id, version, owner, asks, about, questions, valid_from, made_at)"
    " VALUES (:id, 1, '*', '*', :about, CAST(:questions AS jsonb), CAST(:day AS date),"
    " CAST(CAST(:day AS date) AS timestamptz))"
)
# The scale of the nation-wide evaluation of ЦНАП (domain.md §3).
OPTIONS = (
    {"value": 4, "label": {"uk": "чудово", "en": "excellent", "pl": "znakomicie"}},
    {"value": 3, "label": {"uk": "добре", "en": "good", "pl": "dobrze"}},
    {"value": 2, "label": {"uk": "прийнятно", "en": "acceptable", "pl": "znośnie"}},
    {"value": 1, "label": {"uk": "жахливо", "en": "terrible", "pl": "okropnie"}},
)
VISIT = {
    "premises": {
        "uk": "Як вам приміщення центру?",
        "en": "How do you find the premises?",
        "pl": "Jak oceniasz pomieszczenia centrum?",
    },
    "services": {
        "uk": "Як вам перелік послуг?",
        "en": "How do you find the list of services?",
        "pl": "Jak oceniasz zakres usług?",
    },
    "staff": {
        "uk": "Як працював персонал?",
        "en": "How was the staff?",
        "pl": "Jak oceniasz pracowników?",
    },
    "process": {
        "uk": "Як проходило обслуговування?",
        "en": "How did the process go?",
        "pl": "Jak przebiegała obsługa?",
    },
    "overall": {
        "uk": "Як ви оцінюєте обслуговування загалом?",
        "en": "How do you rate the service as a whole?",
        "pl": "Jak oceniasz obsługę ogółem?",
    },
}
BOOKING_SYSTEM = {
    "finding": {
        "uk": "Наскільки легко було знайти послугу й час?",
        "en": "How easy was it to find the service and a time?",
        "pl": "Jak łatwo było znaleźć usługę i termin?",
    },
    "clarity": {
        "uk": "Наскільки зрозумілими були тексти?",
        "en": "How clear were the texts?",
        "pl": "Jak zrozumiałe były teksty?",
    },
    "overall": {
        "uk": "Як ви оцінюєте запис загалом?",
        "en": "How do you rate booking as a whole?",
        "pl": "Jak oceniasz rezerwację ogółem?",
    },
}
QUESTIONNAIRES = {"visit": VISIT, "booking_system": BOOKING_SYSTEM}


def upgrade() -> None:
    create_chassis_tables(op)
    for statement in STATEMENTS:
        op.execute(statement)
    connection = op.get_bind()
    connection.execute(POLICY, {"day": BEGINNING})
    for about, asked in QUESTIONNAIRES.items():
        questions = [{"id": key, "text": words, "options": OPTIONS} for key, words in asked.items()]
        fields = {"id": about.replace("_", "-"), "about": about, "questions": json.dumps(questions), "day": BEGINNING}
        connection.execute(QUESTIONNAIRE, fields)
