"""Search: the notes among the rows of all timelines."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    notes = sa.text("kind = 'note'")
    op.create_index("timeline_notes", "timeline", ["incident"], sqlite_where=notes, postgresql_where=notes)
