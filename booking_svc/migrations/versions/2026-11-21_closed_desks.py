"""Desks that are closed for now."""

from alembic import op

revision = "closed_desks"
down_revision = "catalogue_version"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        """
        CREATE TABLE closed_desk (
            desk text CONSTRAINT pk_closed_desk PRIMARY KEY CONSTRAINT fk_closed_desk_desk_desk REFERENCES desk (id),
            since timestamptz NOT NULL,
            closed_by text NOT NULL
        )
        """
    )
