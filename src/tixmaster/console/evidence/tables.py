"""JSON of the evidence as tables: a list of records is a table of them, a record is a table of its facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tixmaster.console.cells import is_empty

MOST_ROWS = 200
"""More is in the file, which can be downloaded."""


@dataclass(frozen=True, kw_only=True)
class Table:
    """`name` is the key that the rows stand under in the document, "" for the document itself. `more` rows are left out."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]
    more: int = 0


def tables_of(document: Any) -> list[Table]:
    """The tables of a document of evidence, the facts of a record before the lists in it."""
    if not isinstance(document, Mapping):
        return [_listed("", document if isinstance(document, list) else [document])]
    facts = {key: value for key, value in document.items() if not _has_a_table(value)}
    listed = [_listed(key, value) for key, value in document.items() if isinstance(value, list) and _has_a_table(value)]
    nested = [_facts(key, value) for key, value in document.items() if isinstance(value, Mapping) and value]
    return [*([_facts("", facts)] if facts else []), *nested, *listed]


def _has_a_table(value: Any) -> bool:
    return isinstance(value, Mapping | list) and bool(value)


def _facts(name: str, record: Mapping[str, Any]) -> Table:
    """One row for each fact."""
    return Table(name=name, columns=(), rows=tuple(record.items())[:MOST_ROWS], more=max(len(record) - MOST_ROWS, 0))


def _listed(name: str, items: list[Any]) -> Table:
    """One row for each record; what no record has a value for is left out. One record alone is read downwards."""
    records = [item if isinstance(item, Mapping) else {"value": item} for item in items]
    if len(records) == 1:
        return _facts(name, records[0])
    columns = tuple(dict.fromkeys(key for record in records for key, value in record.items() if not is_empty(value)))
    rows = tuple(tuple(record.get(column) for column in columns) for record in records[:MOST_ROWS])
    return Table(name=name, columns=columns, rows=rows, more=max(len(records) - MOST_ROWS, 0))
