"""Reports: a row of the outbox is a message to one destination; issues in a tracker."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"

WAITING = sa.text("state = 'waiting'")


def upgrade() -> None:
    with op.batch_alter_table("outbox") as table:
        table.add_column(sa.Column("medium", sa.Text(), nullable=False, server_default="mail"))
        table.add_column(sa.Column("address", sa.Text(), nullable=False, server_default=""))
        table.add_column(sa.Column("claimed_by", sa.Integer(), nullable=True))
    _divide(op.get_bind())
    op.drop_index("outbox_waiting", "outbox")
    with op.batch_alter_table("outbox") as table:
        table.drop_column("recipients")
        table.alter_column("medium", server_default=None)
        table.alter_column("address", server_default=None)
        table.create_check_constraint("medium_is_known", "medium IN ('mail', 'chat', 'tracker', 'model')")
    op.create_index("outbox_waiting", "outbox", ["due_at"], sqlite_where=WAITING, postgresql_where=WAITING)
    op.create_index("outbox_by_incident", "outbox", ["incident", "id"])
    op.create_table(
        "ticket",
        sa.Column("incident", sa.Integer(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["incident"], ["incident.number"]),
        sa.PrimaryKeyConstraint("incident"),
    )


def _divide(connection: sa.Connection) -> None:
    """Makes a row for each recipient out of each message; what was sent or refused stays so for all of them."""
    table = sa.Table("outbox", sa.MetaData(), autoload_with=connection)
    for row in connection.execute(sa.select(table)).mappings().all():
        first, *others = [*row["recipients"], ""][: max(len(row["recipients"]), 1)]
        connection.execute(sa.update(table).where(table.c.id == row["id"]).values(**_addressed(row, first)))
        for address in others:
            copy = {name: value for name, value in row.items() if name != "id"}
            connection.execute(sa.insert(table).values(copy | _addressed(row, address)))


def _addressed(row: Any, address: str) -> dict[str, str]:
    return {"address": address, "key": f"{row['key']}>mail:{address}"}
