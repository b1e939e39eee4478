"""Process: which one a service had right before an act, so that whether it was restarted is seen without a clock."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.add_column("action", sa.Column("pid_before", sa.Integer(), nullable=True))
