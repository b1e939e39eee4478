"""The tests of the alerts are tested: whatever number, comparison or hold of a rule is wrong, one of its histories notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.monitoring.histories import histories
from tests.unit.monitoring.promtool import complaints
from tests.unit.monitoring.specs import SPECS
from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.model import Alert
from tixmaster.stack.monitoring.timings import DRILL

LIMIT = re.compile(r"(>=|<=|==|!=|>|<)\s+([\d.]+(?: \* [\d.]+)?)(?!\))")
"""A comparison with a number; not `(whole > 0)`, which guards a division and changes nothing else."""
OTHERS = {">": ("<", ">="), "<": (">", "<="), ">=": ("<", ">"), "<=": (">", "<"), "==": ("!=",), "!=": ("==",)}


def mutants(alert: Alert) -> Iterator[Alert]:
    """The alert with one thing wrong in it."""
    for found in LIMIT.finditer(alert.expr):
        sign, number = found.groups()
        for wrong in (*OTHERS[sign],):
            yield replace(alert, expr=_put(alert.expr, found.span(1), wrong))
        for factor in ("1.2", "0.8"):
            wrong = f"({number} * {factor})" if eval_number(number) else f"({number} + {factor} - 1)"
            yield replace(alert, expr=_put(alert.expr, found.span(2), wrong))
    for hold in {alert.hold + 5, alert.hold - 5} if alert.hold else {5}:
        yield replace(alert, hold=max(hold, 0))
    for line in [line for line in alert.expr.splitlines() if re.match(r"\s*(and|unless|or) ", line)]:
        if "on ()" not in line:  # what holds for all services at once is tested apart
            yield replace(alert, expr=alert.expr.replace(line + "\n", ""))


def eval_number(text: str) -> bool:
    """Whether a number of a rule is other than zero."""
    return any(float(part) for part in text.split(" * "))


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


@pytest.mark.usefixtures("needs_promtool")
def test_every_mutant_of_every_alert_is_noticed(tmp_path: Path) -> None:
    """In the profile `drill`, whose rules are the same and whose histories are short."""
    alerts = {(alert.name, alert.severity): alert for group in rules.groups(Config(), DRILL) for alert in group.alerts}
    wrong = [(spec_key, mutant) for spec_key in {spec.key for spec in SPECS} for mutant in mutants(alerts[spec_key])]

    def survives(number: int) -> str | None:
        key, mutant = wrong[number]
        cases = [case for spec in SPECS if spec.key == key for case in histories(spec, DRILL)]
        folder = tmp_path / str(number)
        folder.mkdir()
        return None if complaints(folder, [mutant], cases, DRILL) else f"{key}: {mutant.hold} s {mutant.expr}"

    with ThreadPoolExecutor(4) as pool:
        survivors = [found for found in pool.map(survives, range(len(wrong))) if found]
    assert survivors == []
    assert len(wrong) > 100
