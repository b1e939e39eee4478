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
    op.create_index("incident_alert_fingerprint", "incident_alert", ["fingerprint"])
    op.create_index("incident_alert_status", "incident_alert", ["incident", "status"])
