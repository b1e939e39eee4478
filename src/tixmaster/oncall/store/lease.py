"""Claims: of several replicas one does what is due. A claim holds as long as the replica that made it lives.

There is no time in it, so no clock that jumps can give one row to two. A table of things to be done has the column
`claimed_by`; whoever claims does the thing, marks the row as done in a transaction of its own, and only then lets go.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

import sqlalchemy as sa

from tixmaster.oncall.store.database import Database
from tixmaster.oncall.store.schema import replica


@contextmanager
def claimed(
    database: Database,
    table: sa.Table,
    *due: sa.ColumnElement[bool],
    order_by: Sequence[sa.ColumnElement[Any]] = (),
    limit: int = 20,
) -> Iterator[list[sa.RowMapping]]:
    """The first rows that are due and that no living replica holds, ours until the block ends; often none."""
    rows = _claim(database, table, due, order_by, limit)
    try:
        yield rows
    finally:
        _let_go(database, table, [row["id"] for row in rows])


def _claim(
    database: Database,
    table: sa.Table,
    due: Sequence[sa.ColumnElement[bool]],
    order_by: Sequence[sa.ColumnElement[Any]],
    limit: int,
) -> list[sa.RowMapping]:
    first = sa.select(table.c.id).where(*due, _free(database, table)).order_by(*order_by, table.c.id).limit(limit)
    with database.read() as connection:  # mostly nothing is due, and looking must not make writers wait
        if connection.execute(first).first() is None:
            return []
    with database.write() as connection:
        ids = connection.execute(first).scalars().all()
        connection.execute(sa.update(table).where(table.c.id.in_(ids)).values(claimed_by=database.replica))
        found = connection.execute(sa.select(table).where(table.c.id.in_(ids)).order_by(*order_by, table.c.id))
        database.in_hand |= {(table.name, row) for row in ids}
        return list(found.mappings())


def _free(database: Database, table: sa.Table) -> sa.ColumnElement[bool]:
    """Nobody's, a dead replica's, or ours from a round that is over and could not say so."""
    in_hand = tuple(database.in_hand)  # other threads claim meanwhile
    holder, ours = table.c.claimed_by, [row for name, row in in_hand if name == table.name]
    others = sa.select(replica.c.id).where(replica.c.id != database.replica)
    return sa.and_(table.c.id.not_in(ours), sa.or_(holder.is_(None), holder.not_in(others)))


def _let_go(database: Database, table: sa.Table, ids: Sequence[int]) -> None:
    """Gives the rows back. Where that cannot be written now, this replica alone goes on with them."""
    database.in_hand -= {(table.name, row) for row in ids}
    if not ids or not database.shared:
        return
    mine = sa.and_(table.c.id.in_(ids), table.c.claimed_by == database.replica)
    with suppress(sa.exc.SQLAlchemyError), database.write() as connection:
        connection.execute(sa.update(table).where(mine).values(claimed_by=None))
