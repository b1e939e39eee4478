"""Incidents: storms, assignment, merging, silences."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.add_column("incident_alert", sa.Column("service", sa.Text(), nullable=True))
    op.execute(
        "UPDATE incident_alert SET service = (SELECT service FROM incident WHERE number = incident_alert.incident)"
    )
    with op.batch_alter_table("incident_alert") as incident_alert:
        incident_alert.alter_column("service", existing_type=sa.Text(), nullable=False)
    with op.batch_alter_table("incident") as incident:
        incident.add_column(sa.Column("assigned_to", sa.Text(), nullable=True))
        incident.add_column(sa.Column("merged_into", sa.Integer(), nullable=True))
        incident.create_foreign_key("incident_merged_into", "incident", ["merged_into"], ["number"])
    op.create_table(
        "maintenance",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("service", sa.Text(), nullable=True),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("begins_at", sa.DateTime(), nullable=False),
        sa.Column("ends_at", sa.DateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("silence", sa.Text(), nullable=True),
        sa.CheckConstraint("begins_at < ends_at", name="begins_before_it_ends"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("maintenance_by_end", "maintenance", ["ends_at"])
    op.create_index("alert_event_fingerprint", "alert_event", ["fingerprint"])
    op.create_index("incident_alert_fingerprint", "incident_alert", ["fingerprint"])
    op.create_index("incident_alert_status", "incident_alert", ["incident", "status"])
