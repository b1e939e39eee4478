"""Grouping accuracy: one configuration for every format, measured on labelled lines."""

from __future__ import annotations

import pytest

from tixmaster.bench.log_formats import accuracy, formats, lines
from tixmaster.stack.logs.assigning import assign

ENTRIES = 1500


def test_accuracy_counts_only_groups_that_are_exactly_right() -> None:
    """A line that strays makes its whole group wrong, and the group it strays to."""
    kinds = ["a", "a", "b", "b", "c"]
    assert accuracy(kinds, ["1", "1", "2", "2", "3"]) == 1
    assert accuracy(kinds, ["1", "1", "1", "2", "3"]) == pytest.approx(0.2)
    assert accuracy(kinds, ["1", "4", "2", "2", "3"]) == pytest.approx(0.6)


@pytest.mark.parametrize("name", formats())
def test_every_format_is_grouped_by_what_is_said(name: str) -> None:
    """JSON, Java, syslog, Apache, tracebacks, Node stacks, Chinese and others, without a word of configuration."""
    labelled = list(lines(name, ENTRIES))
    ids = list(assign(one.line for one in labelled))
    assert accuracy([one.kind for one in labelled], ids) >= 0.97
