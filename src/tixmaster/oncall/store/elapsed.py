"""The time between two moments, reckoned by the database: what is averaged over years need not be read row by row."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler


class seconds_between(sa.sql.functions.FunctionElement[float]):
    """From the first moment to the second, as a number to the millisecond; NULL where one is."""

    type = sa.Float()
    inherit_cache = True


@compiles(seconds_between, "sqlite")
def _in_sqlite(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    return f"round((julianday({end}) - julianday({start})) * 86400, 3)"


@compiles(seconds_between, "postgresql")
def _in_postgresql(element: seconds_between, compiler: SQLCompiler, **options: Any) -> str:
    start, end = (compiler.process(one, **options) for one in element.clauses)
    return f"round(extract(epoch FROM {end} - {start}), 3)::float8"


def span(start: sa.ColumnElement[Any], end: sa.ColumnElement[Any]) -> sa.ColumnElement[float]:
    """The same, where an end before the start (a clock that was set back) counts as no time at all."""
    return sa.case((end < start, 0.0), else_=seconds_between(start, end))
