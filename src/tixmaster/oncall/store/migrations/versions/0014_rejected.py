"""Rejected: alerts that led to no event, and what intake replaced in those that did."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

REASONS = (
    *("not-a-webhook", "invalid-utf-8", "too-deep", "too-large", "too-many-alerts"),
    *("not-an-alert", "no-status", "no-labels", "no-alertname", "undecidable"),
)


def upgrade() -> None:
    for name in ("notes", "notes_zh"):
        op.add_column("alert_event", sa.Column(name, sa.JSON(), nullable=False, server_default="[]"))
    op.create_table(
        "rejected_alert",
        sa.Column("id", sa.Integer(), primary_key=True),
        sa.Column("received_at", sa.DateTime(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.Column("detail_zh", sa.Text(), nullable=False, server_default=""),
        sa.Column("excerpt", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.CheckConstraint(f"reason IN ({', '.join(map(repr, REASONS))})", name="reason_is_known"),
        sqlite_autoincrement=True,
    )
