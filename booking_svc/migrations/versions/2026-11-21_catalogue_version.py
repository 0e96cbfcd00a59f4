"""The version of what is told about the catalogue: one number for every change."""

from alembic import op

revision = "catalogue_version"
down_revision = "messages"


def upgrade() -> None:
    op.execute("CREATE SEQUENCE catalogue_version AS bigint")
