"""Remedies: what was measured before and after."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    for name in ("before", "after"):
        op.add_column("action", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
