"""The tests of the alerts, tested: whatever number, comparison or hold of a rule is wrong, one of them notices."""

from __future__ import annotations

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
from tests.sampling import Sampled, due
from tests.unit.monitoring.promtool import complaints
from tests.unit.monitoring.specs import KEYS, all_histories

from tixmaster.stack.config import Config
from tixmaster.stack.monitoring import rules
from tixmaster.stack.monitoring.model import Alert
from tixmaster.stack.monitoring.timings import DRILL

TESTERS = ("test_mutations", "histories", "promtool", "specs", "specs_requests", "specs_system", "spec_words")
"""A change in one of these asks for all mutants."""
LIMIT = re.compile(r"(>=|<=|==|!=|>|<)\s+([\d.]+(?: \* [\d.]+)?)(?!\))")
"""A comparison with a number; not `(whole > 0)`, which guards a division and changes nothing else."""
OTHERS = {">": ("<", ">="), "<": (">", "<="), ">=": ("<", ">"), "<=": (">", "<"), "==": ("!=",), "!=": ("==",)}
"""What it could be by mistake; the second differs at the boundary alone."""


def mutants(alert: Alert) -> Iterator[Alert]:
    """The alert with one thing wrong in it. What it says of drills is tested in `test_alerts.py`."""
    for found in LIMIT.finditer(alert.expr):
        sign, number = found.groups()
        line = alert.expr[alert.expr.rfind("\n", 0, found.start()) + 1 :].split("\n")[0]
        if "drill" in line:
            continue
        # A count over a window is extrapolated: no value of it lies just at a boundary. Nor does a byte say anything.
        for wrong in OTHERS[sign][:1] if "increase(" in alert.expr or "predict" in line else OTHERS[sign]:
            yield replace(alert, expr=_put(alert.expr, found.span(1), wrong))
        for wrong in () if "predict_linear(" in line else _other_numbers(number):
            yield replace(alert, expr=_put(alert.expr, found.span(2), wrong))
    for hold in (alert.hold * 2, alert.hold // 2) if alert.hold else (5,):
        yield replace(alert, hold=hold)
    for line in alert.expr.splitlines():
        if re.match(r"\s*(and|unless|or) ", line) and "on ()" not in line and "absent(" not in line:
            yield replace(alert, expr=alert.expr.replace(line + "\n", ""))


def _other_numbers(text: str) -> tuple[str, str]:
    """One more and one less of a small whole number, which is a count; a fifth more and less of any other."""
    if text.isdigit() and int(text) < 10:
        return f"{int(text) + 1}", f"{int(text) - 1}"
    return f"({text} * 1.2)", f"({text} * 0.8)"


def _put(text: str, span: tuple[int, int], new: str) -> str:
    return text[: span[0]] + new + text[span[1] :]


@pytest.mark.usefixtures("needs_promtool")
def test_every_mutant_of_every_alert_is_noticed(tmp_path: Path, sampled: Sampled) -> None:
    """Of those that are due. In the profile `drill`, whose rules are the same and whose histories are short."""
    alerts = {(alert.name, alert.severity): alert for group in rules.groups(Config(), DRILL) for alert in group.alerts}
    modules = {
        (alert.name, alert.severity): make.__module__.rpartition(".")[2]
        for make in rules.GROUPS
        for alert in make(Config(), DRILL).alerts
    }
    everything = list(all_histories(DRILL))
    every = [(key, mutant) for key, alert in alerts.items() if key in KEYS for mutant in mutants(alert)]
    wrong = due(every, lambda one: f"{one[0]} {one[1].hold} {one[1].expr}", lambda one: (*TESTERS, modules[one[0]]))
    sampled("mutants of alerts", len(wrong), len(every))

    def survives(number: int) -> str | None:
        key, mutant = wrong[number]
        cases = [case for case in everything if case.spec.key == key]
        folder = tmp_path / str(number)
        folder.mkdir()
        return None if complaints(folder, [mutant], cases, DRILL) else f"{key}: {mutant.hold} s {mutant.expr}"

    with ThreadPoolExecutor(4) as pool:
        survivors = [found for found in pool.map(survives, range(len(wrong))) if found]
    assert not survivors, "\n".join(survivors)
    assert len(every) > 100
