"""Diagnosis: what contradicts a cause, and how often drills have tried it."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    with op.batch_alter_table("cause") as cause:
        cause.add_column(sa.Column("contradicts", sa.JSON(), nullable=False, server_default="[]"))
        cause.add_column(sa.Column("practice", sa.JSON(), nullable=False, server_default="{}"))
