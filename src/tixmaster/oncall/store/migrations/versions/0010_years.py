"""Years: what pages ask of many incidents is found by index."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.create_index("incident_by_opening", "incident", ["opened_at"])
    op.create_index("cause_by_id", "cause", ["id", "incident"])
    people = sa.text("by NOT IN ('oncall', 'prometheus', 'alertmanager')")
    op.create_index("timeline_by_people", "timeline", ["at"], sqlite_where=people, postgresql_where=people)
    if op.get_bind().dialect.name == "sqlite":
        notes = sa.text("kind = 'note'")
        op.drop_index("timeline_notes", "timeline")
        op.create_index("timeline_note_texts", "timeline", ["incident", "kind", "text"], sqlite_where=notes)
