"""A rating that an operator takes down may be of a centre, without a desk."""

from alembic import op

revision = "20261121_taken_down"
down_revision = "20261121_feedback"


def upgrade() -> None:
    op.execute("ALTER TABLE session DROP CONSTRAINT ck_session_desk")
    op.execute("ALTER TABLE session ADD CONSTRAINT ck_session_centre CHECK (about <> 'visit' OR centre IS NOT NULL)")
