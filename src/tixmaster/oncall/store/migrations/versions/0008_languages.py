"""Languages: what was found, done and told, in Chinese beside the English."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

TEXTS = {
    "incident": ("title",),
    "timeline": ("text",),
    "finding": ("reason",),
    "artefact": ("title", "reason"),
    "action": ("result",),
    "outbox": ("last_error",),
}
LISTS = {"cause": ("because", "contradicts")}


def upgrade() -> None:
    for table, names in TEXTS.items():
        for name in names:
            op.add_column(table, sa.Column(f"{name}_zh", sa.Text(), nullable=False, server_default=""))
    for table, names in LISTS.items():
        for name in names:
            op.add_column(table, sa.Column(f"{name}_zh", sa.JSON(), nullable=False, server_default="[]"))
