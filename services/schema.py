"""The tables that the chassis keeps in every service's database. Called by a service's first migration."""

from __future__ import annotations

from typing import Protocol


class Operations(Protocol):
    def execute(self, sqltext: str) -> None: ...


def create_chassis_tables(op: Operations) -> None:
    for statement in STATEMENTS:
        op.execute(statement)


INBOX = (
    "CREATE TABLE inbox (event_id uuid PRIMARY KEY, received_at timestamptz NOT NULL)",
    "CREATE INDEX inbox_received_at ON inbox (received_at)",
)
STATEMENTS = (
    # The permanent archive of events, in monthly partitions; rows outside every month land in the default one.
    """
    CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY,
        event_id uuid NOT NULL,
        subject text NOT NULL,
        envelope text NOT NULL,
        created_at timestamptz NOT NULL,
        published_at timestamptz,
        PRIMARY KEY (id, created_at)
    ) PARTITION BY RANGE (created_at)
    """,
    "CREATE TABLE outbox_default PARTITION OF outbox DEFAULT",
    "CREATE INDEX outbox_unpublished ON outbox (id) WHERE published_at IS NULL",
    """
    CREATE FUNCTION outbox_wake() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN NOTIFY outbox; RETURN NULL; END $$
    """,
    """
    CREATE TRIGGER outbox_wake AFTER INSERT ON outbox
    FOR EACH STATEMENT EXECUTE FUNCTION outbox_wake()
    """,
    *INBOX,
    """
    CREATE TABLE dead_letter (
        event_id uuid PRIMARY KEY,
        subject text NOT NULL,
        envelope text NOT NULL,
        reason text NOT NULL,
        at timestamptz NOT NULL
    )
    """,
    """
    CREATE TABLE idempotency (
        scope text NOT NULL,
        key text NOT NULL,
        body_hash bytea NOT NULL,
        resource_id uuid NOT NULL,
        created_at timestamptz NOT NULL,
        PRIMARY KEY (scope, key)
    )
    """,
    "CREATE INDEX idempotency_created_at ON idempotency (created_at)",
    """
    CREATE TABLE audit (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        at timestamptz NOT NULL,
        actor text NOT NULL,
        roles text[] NOT NULL,
        action text NOT NULL,
        resource text NOT NULL,
        details jsonb
    )
    """,
    "CREATE INDEX audit_resource ON audit (resource, at)",
)
